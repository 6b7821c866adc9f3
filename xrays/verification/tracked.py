"""What Git holds of the pipeline, from Git alone: files with an unfinished merge, metrics that are not the lock's."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from xrays import files
from xrays.verification import strays
from xrays.verification.finding import Finding, words

COMMIT = "run `make repro` and commit dvc.lock and metrics/"
PIPELINE = ("params.yaml", "libraries.yaml", "dvc.yaml", "dvc.lock")
MARKERS = (b"<<<<<<< ", b">>>>>>> ")


def unmerged(published: Path) -> Iterator[Finding]:
    """Conflict markers in the files that describe the pipeline and in the folder of published metrics."""
    found = sorted(path for path in published.rglob("*") if path.suffix in (".csv", ".json"))
    for path in [path for path in map(Path, PIPELINE) if path.is_file()] + found:
        lines = path.read_bytes().splitlines()
        marked = next((number for number, line in enumerate(lines, 1) if line.startswith(MARKERS)), 0)
        if marked:
            yield Finding(f"{path}:{marked}", "damaged, an unfinished merge", _settling(path, published))


def _settling(path: Path, published: Path) -> str:
    if path.name == "dvc.lock" or path.is_relative_to(published):
        return f"`git checkout HEAD {words(path)}`, then {COMMIT}"
    return "keep the lines of one side and delete the others, <<<<<<<, ======= and >>>>>>> too"


def findings(published: Iterable[str], made: Iterable[str], locked: dict[str, dict]) -> Iterator[Finding]:
    """Outs that Git holds and that are not the lock's bytes, and files beside them that no stage makes.

    published: outs that dvc.yaml leaves to Git (`cache: false`); made: all outs; locked: path → entry in dvc.lock.
    """
    published = sorted(published)
    for path in (Path(path) for path in published if path in locked):
        entry = locked[str(path)]
        if not path.exists():
            yield Finding(str(path), f"missing, {entry['stage']} makes it and Git holds none", COMMIT)
        elif files.md5(path) != entry["md5"]:
            yield Finding(str(path), f"damaged, not the bytes that dvc.lock has from {entry['stage']}", COMMIT)
    folders = {Path(path).parent for path in published}
    for path in strays.foreign(made):
        if path.parent in folders:
            yield Finding(str(path), "foreign, made by no stage of dvc.yaml", f"delete it: `git rm -f {words(path)}`")
