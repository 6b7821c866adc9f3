"""What a person types: `python -m commands.NAME`, each also a make target."""

import os

from xrays import environment

environment.check()
os.environ["SHELL"] = "/bin/sh"  # DVC hands each stage to $SHELL, whatever that may be
