"""params.yaml with a mistake in it, and what both ways to run the pipeline say of it."""

import re
from collections.abc import Callable

from tests.faults.archives import take_back
from tests.faults.bench import FAILED, Bench

REPRO = ("python", "-m", "commands.repro")
STAGE = ("dvc", "repro")


def valued(key: str, written: str) -> Callable[[str], str]:
    """Write another value, as it stands in YAML, behind `section.key`; the comment stays."""
    section, name = key.split(".")
    pattern = re.compile(rf"(?ms)(^{section}:\n.*?^  {name}:)[^\n#]*")
    return lambda text: pattern.sub(lambda found: f"{found[1]} {written} ", text, count=1)


def write(bench: Bench, change: Callable[[str], str | bytes]) -> None:
    path = bench.folder / "params.yaml"
    before = path.read_bytes()
    after = change(before.decode())
    path.write_bytes(after.encode() if isinstance(after, str) else after)
    assert path.read_bytes() != before


def refused(bench: Bench, change: Callable[[str], str | bytes], *says: str) -> list[str]:
    """`make repro` and the stage that `dvc repro` starts refuse the file alike; with the good one the same bytes come.

    says: regular expressions, each found in the first line of both. Returns what both printed.
    """
    write(bench, change)
    said = [bench.fails("filter", *says, command=REPRO, code=1), bench.fails("filter", *says, command=STAGE)]
    take_back(bench)
    bench.recovers("download", "filter")
    return said


def refused_by_dvc(bench: Bench, change: Callable[[str], str | bytes], *says: str, dvc: str) -> None:
    """What DVC cannot read starts no stage: the line of `dvc repro` is DVC's own, and nothing else happens either."""
    write(bench, change)
    bench.fails("filter", *says, command=REPRO, code=1)
    lock = bench.read("dvc.lock")
    said = bench.run(*STAGE, code=FAILED, **bench.environment)
    assert re.search(f"(?m)^ERROR: {dvc}", said) and "Traceback" not in said and "Running stage" not in said
    assert bench.read("dvc.lock") == lock
    bench.nothing_partial("filter")
    take_back(bench)
    bench.recovers("download", "filter")
