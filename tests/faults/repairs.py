"""A bench on which `make verify` must name every fault, and the commands that it prints must mend it as they stand."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from tests.faults.bench import Bench
from tests.project import Project
from xrays import files
from xrays.verification.cache import Cache, members

ROUNDS = 5  # a repair may bring to light what an earlier damage hid
VERIFY = ("python", "-m", "commands.verify")


class Verified(Bench):
    """A bench whose outs are hard links into the cache, as DVC makes them, and where `make` finds an environment."""

    def __init__(self, folder: Path):
        super().__init__(folder)
        self.lock = self.read("dvc.lock")
        stub = folder / ".venv" / "bin" / "python"
        stub.parent.mkdir(parents=True, exist_ok=True)
        stub.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
        stub.chmod(0o755)
        shutil.copyfile(folder / "requirements.lock", folder / ".venv" / "requirements.lock")

    def object(self, out: str, number: int = 0) -> Path:
        """An object of an out in the cache: of a folder 0 is the one that lists the others."""
        cache = Cache(self.folder / ".dvc" / "cache")
        return cache.path(members(self.reference[out], cache)[number])

    def cached(self) -> set[str]:
        """Outs that DVC keeps: those of dvc.lock that Git does not hold."""
        return self.reference.keys() - set(self.git("ls-files").splitlines())

    def findings(self, *options: str) -> list[str]:
        """Lines of `make verify`, which must find something."""
        *lines, last = self.run(*VERIFY, *options, code=1, **self.environment).splitlines()
        assert last.startswith("verified ") and last.endswith(f": {len(lines)} not as dvc.lock says"), last
        assert lines and not any("Traceback" in line for line in lines), lines
        return lines

    def mend(self, *options: str) -> None:
        """Type each printed command into a shell until `make verify` finds nothing; then all is as in the reference."""
        for _ in range(ROUNDS):
            done = subprocess.run([*VERIFY, *options], cwd=self.folder, capture_output=True, text=True)
            if done.returncode == 0:
                break
            for command in dict.fromkeys(line.rpartition(": ")[2] for line in done.stdout.splitlines()[:-1]):
                self.run("sh", "-c", command)
        self.run(*VERIFY, *options)
        self.is_the_reference()

    def is_the_reference(self) -> None:
        """dvc.lock to the letter, every out byte for byte, and metrics/ as in Git."""
        assert self.read("dvc.lock") == self.lock
        assert {path: files.md5(self.folder / path) for path in self.reference} == self.reference
        assert self.git("status", "--porcelain", "metrics") == ""


def linked(project: Project, folder: Path) -> Verified:
    """A copy that shares nothing with the original, and within which cache and work tree are hard links as before."""
    subprocess.run(["cp", "--archive", str(project.folder), str(folder)], check=True)
    return Verified(folder)


def flip(path: Path) -> None:
    """One bit of a file turned in place: the same inode, size and mode, so every hard link to it changes."""
    content, mode = bytearray(path.read_bytes()), path.stat().st_mode
    content[len(content) // 2] ^= 1
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.write(content)
    path.chmod(mode)


def replace(path: Path, content: bytes) -> None:
    """As an editor saves: a new file under the old name, so the cache's object stays."""
    path.unlink()
    path.write_bytes(content)
