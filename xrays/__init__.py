"""What stages and commands share; imports neither."""
