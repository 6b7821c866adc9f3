"""A repository in which a stage can be made to fail, and then to succeed.

What every fault is held to: the exit code, one line that names file, cause and remedy, no traceback, nothing partial
under a final name, the failed stage's entry in dvc.lock as it was, and a next plain run that ends in the same bytes.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

from ruamel.yaml import YAML

from tests.project import Project
from xrays import files

FAILED = 255  # what dvc ends with when a stage fails
compared: list[bool] = []  # each hash held against its reference since the present test began


class Bench(Project):
    """A copy of a reproduced project; its dvc.lock is what every recovery must come back to."""

    def __init__(self, folder: Path, origin: Path | None = None):
        super().__init__(folder)
        self.origin = origin
        self.reference = self.outs()
        self.made = self.outs_by_stage()
        self.environment: dict[str, str] = {}

    def anew(self) -> None:
        """Back to what the bench was at first."""
        shutil.rmtree(self.folder)
        shutil.copytree(self.origin, self.folder, symlinks=True)

    def entry(self, stage: str) -> dict | None:
        """A stage's entry in dvc.lock."""
        return self.stages().get(stage)

    def stages(self) -> dict[str, dict]:
        """The entries of dvc.lock."""
        return YAML(typ="safe").load(self.read("dvc.lock"))["stages"]

    def outs(self) -> dict[str, str]:
        """Path → md5 of every out in dvc.lock."""
        return {out["path"]: out["md5"] for entry in self.stages().values() for out in entry.get("outs", [])}

    def outs_by_stage(self) -> dict[str, list[str]]:
        """Stage → paths of its outs, as dvc.lock has them."""
        return {name: [out["path"] for out in entry.get("outs", [])] for name, entry in self.stages().items()}

    def refer_to(self, other: "Bench") -> None:
        """Recoveries must come back to the lock of another bench, which has run stages that this one has not."""
        self.reference, self.made = other.reference, other.made

    def start(self, *command: str, **environment: str) -> subprocess.Popen:
        """Start a command in a process group of its own and return at once; its output goes to the file `log`."""
        log = (self.folder.parent / f"{self.folder.name}.log").open("w")
        return subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
                                env=os.environ | self.environment | environment)

    @property
    def log(self) -> str:
        """What the command that was started last has printed so far."""
        return (self.folder.parent / f"{self.folder.name}.log").read_text(errors="replace")

    def fails(self, stage: str, *says: str, command: tuple[str, ...] = (), code: int = FAILED) -> str:
        """Run `dvc repro STAGE` (or a command), hold the failure to the rule, and return its line of error.

        says: regular expressions, each found in that line.
        """
        before = self.entry(stage)
        output = self.run(*(command or ("dvc", "repro", stage)), code=code, **self.environment)
        line = one_line(output)
        for pattern in says:
            assert re.search(pattern, line), f"{pattern!r} is not in {line!r}"
        self.nothing_partial(stage)
        assert self.entry(stage) == before, f"the entry of {stage} in dvc.lock changed"
        return line

    def nothing_partial(self, stage: str) -> None:
        """Each out of a stage, locked or not, is either not there or the reference's, and no temporary name is left."""
        for path in self.outs_by_stage().get(stage, self.made[stage]):
            there = self.folder / path
            assert not there.exists() or files.md5(there) == self.reference[path], f"{path} is half-made"
        left = [path for path in self.folder.rglob("*.unfinished") if ".venv" not in path.parts]
        assert not left, f"left over: {left}"

    def recovers(self, *stages: str) -> str:
        """A plain `dvc repro` succeeds, and every out of these stages is byte for byte that of the reference."""
        output = self.run("dvc", "repro", *stages, **self.environment)
        assert "Traceback" not in output
        for stage in stages:
            for out in self.entry(stage)["outs"]:
                compared.append(out["md5"] == self.reference[out["path"]] == files.md5(self.folder / out["path"]))
                assert compared[-1], f"{out['path']} came out otherwise, or is not what the lock says"
        return output


def one_line(output: str) -> str:
    """The one line of error that a person reads; dvc's own lines begin with ERROR in capitals."""
    assert "Traceback" not in output, output
    lines = [line for line in output.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1, output
    return lines[0]


def copy(project: Project, folder: Path) -> Bench:
    """A bench of one's own: nothing is shared with the original, not even by hard links."""
    shutil.copytree(project.folder, folder, symlinks=True)
    return Bench(folder, project.folder)
