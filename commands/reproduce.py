"""make reproduce: clone the repository twice, run everything with an empty cache under unlike conditions, compare bytes.

Example: make reproduce, or make reproduce KEEP=folder to keep both clones there. It reproduces what is committed, and
compares every md5 of both dvc.lock with the committed one, and every file of metrics/ with Git. Exit code 1 on any
difference. Two to four times as long as `make repro`: 37 minutes on two cores.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from dvc.utils.serialize import parse_yaml

from commands.repro import git
from xrays import console, environment, inputs, models, params, store

# What a shell might hold against us; xrays/runtime.py drops it.
CONTRARY = {"OMP_NUM_THREADS": "7", "MKL_NUM_THREADS": "5", "OPENBLAS_NUM_THREADS": "3", "OPENBLAS_CORETYPE": "Nehalem",
            "ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41", "MKL_CBWR": "SSE4_2", "OMP_SCHEDULE": "dynamic",
            "FREETYPE_PROPERTIES": "truetype:interpreter-version=35", "HB_SHAPER_LIST": "fallback"}
# Python reads it at start: whatever lists a folder gets the names backwards.
BACKWARDS = '''
import os
class Backwards:
    def __init__(self, entries): self.entries = iter(sorted(entries, key=lambda entry: entry.name, reverse=True))
    def __iter__(self): return self
    def __next__(self): return next(self.entries)
    def __enter__(self): return self
    def __exit__(self, *_): return None
    def close(self): return None
listdir, scandir = os.listdir, os.scandir
os.listdir = lambda *given: sorted(listdir(*given), reverse=True)
os.scandir = lambda *given: Backwards(list(scandir(*given)))
'''


@dataclass(frozen=True)
class Conditions:
    """All that one run differs in from the other."""

    folder: str
    time_zone: str
    locale: str
    umask: int
    hash_seed: str
    listings: str  # as they come | backwards
    cpus: int
    folds: str  # one after the other | side by side
    shell: dict[str, str] = field(default_factory=dict)

    def said(self) -> dict[str, str]:
        return {"folder": f"`{self.folder}`", "time zone": self.time_zone, "locale": self.locale,
                "umask": f"{self.umask:03o}", "PYTHONHASHSEED": self.hash_seed, "listings of folders": self.listings,
                "CPUs": str(self.cpus), "folds": self.folds,
                "threads and instruction set in the shell": ", ".join(f"{name}={value}" for name, value
                                                                      in self.shell.items()) or "unset"}


def conditions(cores: int) -> list[Conditions]:
    """Two runs that share nothing but the commit, the packages and the machine."""
    return [
        Conditions("plain", "UTC", "C.UTF-8", 0o022, "0", "as they come", min(2, cores), "side by side"),
        Conditions("à part, with a space", "Asia/Kathmandu", "C", 0o077, "4242", "backwards", 1, "one after the other",
                   CONTRARY),
    ]


def clone(given: Conditions, folder: Path) -> Path:
    """The committed state in a new folder, with the files taken in from outside, which Git does not hold."""
    work_tree = folder / given.folder
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", os.getcwd(), str(work_tree)], check=True, umask=given.umask)
    for path in outs(read_lock((work_tree / "dvc.lock").read_text(encoding="utf-8"))):
        (work_tree / path).unlink(missing_ok=True)  # in Git; or DVC would not run audit at all
    if store.folder().is_dir():
        shutil.copytree(store.folder(), work_tree / ".dvc" / "inputs")
    (folder / "backwards").mkdir(exist_ok=True)
    (folder / "backwards" / "sitecustomize.py").write_text(BACKWARDS, encoding="utf-8")
    return work_tree


def run(given: Conditions, work_tree: Path) -> None:
    """Everything from nothing; what it prints goes to run.log beside the clone."""
    variables = {"TZ": given.time_zone, "LC_ALL": given.locale, "PYTHONHASHSEED": given.hash_seed} | given.shell
    if given.listings == "backwards":
        variables["PYTHONPATH"] = str(work_tree.parent / "backwards")
    log = work_tree.parent / f"{given.folder}.log"
    with log.open("w") as file:
        def dvc(*words: str) -> subprocess.Popen:
            cpus = sorted(os.sched_getaffinity(0))[:given.cpus]
            return subprocess.Popen([sys.executable, "-m", "dvc", *words], cwd=work_tree, stdout=file,
                                    stderr=subprocess.STDOUT, env=os.environ | variables, umask=given.umask,
                                    preexec_fn=lambda: os.sched_setaffinity(0, cpus))

        steps = [[["repro"]]]
        if given.folds == "side by side":
            trained = models.trained(params.load(work_tree / params.PATH).train)
            steps = [[["repro", "filter", "weights"]],
                     [["--wait-for-lock", "repro", "--single-item", f"train@{fold}-{seed}"] for fold, seed in trained], *steps]
        for step in steps:
            if any([process.wait() for process in [dvc(*words) for words in step]]):
                raise console.BadInput(f"the run in {work_tree.name!r} failed, its last words: "
                                       f"{log.read_text(encoding='utf-8', errors='replace').strip().splitlines()[-1]}")


def differing(work_tree: Path, committed: dict) -> list[str]:
    """Outs whose md5 is not the committed one, and files that are not as in Git; the order in the lock is no matter."""
    lock = read_lock((work_tree / "dvc.lock").read_text(encoding="utf-8"))
    found, wanted = outs(lock), outs(committed)
    said = [path for path in sorted(found.keys() | wanted.keys()) if found.get(path) != wanted.get(path)]
    changed = subprocess.run(["git", "status", "--porcelain", "--untracked-files=all"], cwd=work_tree, check=True,
                             capture_output=True, text=True)
    files = [line[3:] for line in changed.stdout.splitlines()]
    return said + [path for path in files if path not in said and not (path == "dvc.lock" and lock == committed)]


def read_lock(text: str) -> dict:
    return parse_yaml(text, "dvc.lock")["stages"]


def outs(stages: dict) -> dict[str, str]:
    return {out["path"]: out["md5"] for entry in stages.values() for out in entry.get("outs", [])}


def table(tried: list[Conditions], seconds: list[float], committed: int, wrong: list[list[str]]) -> str:
    """Markdown: a row a condition, a column a run, the equal outs at the end."""
    rows = ["| condition | " + " | ".join(f"run {number}" for number in range(1, len(tried) + 1)) + " |", "|---" * 3 + "|"]
    for name in tried[0].said():
        rows.append(f"| {name} | " + " | ".join(one.said()[name] for one in tried) + " |")
    rows.append("| minutes | " + " | ".join(f"{spent / 60:.1f}" for spent in seconds) + " |")
    equal = [f"{committed - len(paths)} of {committed}" for paths in wrong]
    rows.append("| **outs with the committed md5** | " + " | ".join(f"**{text}**" for text in equal) + " |")
    return "\n".join(rows)


def main() -> None:
    given = console.arguments("make reproduce", __doc__, keep={"type": Path, "help": "keep both clones in this new folder"})
    if git("status", "--porcelain").strip():
        print("uncommitted changes are not reproduced, only what is committed", flush=True)
    committed = read_lock(git("show", "HEAD:dvc.lock"))
    folder = given.keep or Path(tempfile.mkdtemp(prefix="reproduce-"))
    folder.mkdir(parents=True, exist_ok=bool(not given.keep))
    tried, seconds, wrong = conditions(environment.cores()), [], []
    try:
        for one in tried:
            begun = time.monotonic()
            print(f"run {len(seconds) + 1} of {len(tried)} in {one.folder!r} …", flush=True)
            work_tree = clone(one, folder)
            run(one, work_tree)
            wrong.append(differing(work_tree, committed))
            seconds.append(time.monotonic() - begun)
            if not given.keep:
                shutil.rmtree(work_tree)
    finally:
        if not given.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print(table(tried, seconds, len(outs(committed)), wrong))
    for number, paths in enumerate(wrong, start=1):
        for path in paths:
            print(f"run {number}: {path} differs")
    sys.exit(1 if any(wrong) else 0)


if __name__ == "__main__":
    console.run(main)
