"""make lock: requirements.txt → requirements.lock with every hash, and libraries.yaml for the stages.

Example: edit a version in requirements.txt, `make lock`, `make repro`, review, commit.
"""

import re
import subprocess
import sys
from pathlib import Path

from xrays import console, environment

UV = "uv==0.13.9"  # resolves for every Python from 3.11 on at once, which pip cannot
COMPILE = ["pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-header"]


def libraries(lock: str) -> str:
    """libraries.yaml with the versions that the lock resolved, comments and names kept."""
    versions = dict(re.findall(r"^([\w.-]+)==(\S+)", lock, flags=re.MULTILINE))
    text = environment.LIBRARIES.read_text(encoding="utf-8")
    return re.sub(r"^([\w.-]+): .*$", lambda found: f"{found[1]}: {versions[found[1]]}", text, flags=re.MULTILINE)


def main() -> None:
    console.arguments("make lock", __doc__)
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", UV], check=True)
    subprocess.run([sys.executable, "-m", "uv", *COMPILE, "requirements.txt", "-o", "requirements.lock"], check=True)
    environment.LIBRARIES.write_text(libraries(Path("requirements.lock").read_text()), encoding="utf-8")


if __name__ == "__main__":
    console.run(main)
