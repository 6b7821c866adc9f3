"""What a person types: `python -m commands.NAME`, each also a make target."""

from xrays import environment

environment.check()
