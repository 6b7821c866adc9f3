"""Reads a revision from Git alone: no data, no cache, no remote. The work tree is a revision too."""

import io
import json
import subprocess
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import pandas as pd
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from xrays.console import BadInput

WORK_TREE = "the work tree"
NUMBERS = {"fold": int, "seed": int, "probability": float, "threshold": float}
NEEDED = ["image", "label", "group", *NUMBERS, "predicted"]


def git(*words: str, given: bytes | None = None) -> bytes:
    """What Git prints; BadInput with its own first line where it refuses."""
    done = subprocess.run(["git", *words], input=given, capture_output=True)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["failed"]
        raise BadInput(f"git {words[0]}: {said[0].removeprefix('fatal: ')}: run this in the root of a clone of the project")
    return done.stdout


@dataclass(frozen=True)
class Revision:
    """One state of the project. name: as a person calls it; blobs: path → content of what Git holds there; commit: as
    Git calls it, of the work tree the one it stands on."""

    name: str
    blobs: dict[str, bytes] = field(repr=False)
    parsed: dict[str, dict] = field(default_factory=dict, repr=False)  # YAML files read so far: the lock takes 0.3 s
    commit: str = "HEAD"

    def text(self, path: str) -> str | None:
        return self.blobs[path].decode("utf-8", errors="replace") if path in self.blobs else None

    def yaml(self, path: str) -> dict:
        """A YAML 1.2 file, as DVC reads it; nothing where there is none. Raises BadInput for an unfinished merge."""
        try:
            if path not in self.parsed:
                self.parsed[path] = YAML(typ="safe").load(self.text(path) or "") or {}
            return self.parsed[path]
        except YAMLError:
            raise BadInput(f"{path} of {self.name} is not valid YAML (an unfinished merge?): repair it, then `make repro`"
                           ) from None

    def json(self, path: str) -> dict:
        """An object; nothing where there is no such file. Raises BadInput for anything else."""
        try:
            found = json.loads(self.text(path) or "{}")
        except json.JSONDecodeError:
            found = None
        if not isinstance(found, dict):
            remedy = "`make noise`" if path == "metrics/noise.json" else "`dvc repro --force evaluate`"
            raise BadInput(f"{path} of {self.name} is not valid JSON with names and values: bring it back with {remedy}")
        return found

    def table(self, path: str) -> pd.DataFrame | None:
        """Every column as text; None where there is no such file."""
        text = self.text(path)
        return None if text is None else pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False, index_col=False)

    @cached_property
    def stages(self) -> dict[str, dict]:
        """The entries of dvc.lock."""
        return self.yaml("dvc.lock").get("stages") or {}

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """metrics/predictions.csv. Raises BadInput where it is missing, cut or lacks a column."""
        path, remedy = "metrics/predictions.csv", "run `make repro` there and commit metrics/"
        table = self.table(path)
        if table is None or table.empty:
            raise BadInput(f"{self.name} has no {path}, so there is nothing to compare: {remedy}")
        if lacking := [name for name in NEEDED if name not in table]:
            raise BadInput(f"{path} of {self.name} lacks the column {lacking[0]}: {remedy}")
        try:
            return table.astype(NUMBERS)
        except ValueError as error:
            raise BadInput(f"{path} of {self.name} is damaged ({error}): {remedy}") from None

    @cached_property
    def manifest(self) -> pd.DataFrame | None:
        return self.table("metrics/manifest.csv")


def of_git(name: str) -> Revision:
    """A commit, branch or tag."""
    listed = [entry.partition("\t") for entry in git("ls-tree", "-r", "-z", name).decode().split("\0") if entry]
    blobs = [(path, words.split()[2]) for words, _, path in listed if words.split()[1] == "blob"]
    stream = io.BytesIO(git("cat-file", "--batch", given="".join(f"{sha}\n" for _, sha in blobs).encode()))
    found = {}
    for path, _ in blobs:
        size = int(stream.readline().split()[2])
        found[path] = stream.read(size)
        stream.read(1)
    return Revision(name, found, commit=name)


def of_work_tree(folder: Path = Path(), name: str = WORK_TREE) -> Revision:
    """What `git add --all` would commit."""
    listed = git("-C", str(folder), "ls-files", "--cached", "--others", "--exclude-standard", "-z").decode().split("\0")
    return Revision(name, {path: (folder / path).read_bytes() for path in listed if path and (folder / path).is_file()})


def named(asked: str, option: str = "HEAD") -> Revision:
    """A revision that a person named: a branch, tag, commit, or an experiment of DVC's. Raises BadInput for any other."""
    if known(asked):
        return of_git(asked)
    experiments = git("for-each-ref", "--format=%(refname)", f"refs/exps/*/*/{asked}").decode().split()
    if len(experiments) == 1:
        return replace(of_git(experiments[0]), name=asked)
    if experiments:
        raise BadInput(f"{option}={asked}: {len(experiments)} experiments of other commits have that name: name one as "
                       f"`git for-each-ref` does: {option}={experiments[0]}")
    if known(f"origin/{asked}"):
        raise BadInput(f"{option}={asked}: there is no such branch here, but one in origin: {option}=origin/{asked}")
    raise BadInput(f"{option}={asked}: Git knows no such branch, tag, commit or experiment: `git fetch origin`, or "
                   "see `git branch --all` and `dvc exp list --all-commits`")


def base(asked: str | None) -> tuple[Revision, str]:
    """The revision to compare with, and a word on how it was chosen. Raises BadInput where there is none."""
    if asked:
        return named(asked, "BASE"), ""
    if known("main"):
        late = int(git("rev-list", "--count", "main..origin/main")) if known("origin/main") else 0
        return of_git("main"), (f"main is behind origin/main by {late} commit{'s' * (late > 1)}, which are not in this review: "
                                "`git fetch origin main:main`, or BASE=origin/main") * bool(late)
    if known("origin/main"):
        return of_git("origin/main"), "there is no branch main here, so origin/main is the base"
    raise BadInput("there is no branch main to compare with: `git fetch origin main`, or name another: make review BASE=branch")


def behind(base: Revision, head: Revision) -> str:
    """A word where the head lacks commits of the base: a review compares tips, so it would hold their changes against it."""
    count = int(git("rev-list", "--count", f"{head.commit}..{base.commit}"))
    if not count:
        return ""
    shallow = git("rev-parse", "--is-shallow-repository").strip() == b"true"
    return (f"{head.name} is behind {base.name} by {count} commit{'s' * (count > 1)}, whose changes are in the difference "
            f"too, undone: merge {base.name} first"
            + " (as far as a shallow clone can tell: `git fetch --unshallow`)" * shallow)


def known(name: str) -> bool:
    done = subprocess.run(["git", "rev-parse", "--quiet", "--verify", "--end-of-options", f"{name}^{{commit}}"],
                          capture_output=True)
    return done.returncode == 0
