"""What the matrix counted, as the table of docs/nothing-lost.md; with --kept FILE also what earlier runs counted."""

import json
from pathlib import Path

from tests.faults.matrix import EXCUSED, LINES, SECTIONS

KINDS = {"fault": "faults survived", "input": "bad inputs handled by name", "accepted": "odd inputs taken as meant",
         "kill": "kills, bit-equal afterwards", "variation": "variations, same bytes"}
PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
cases: dict[str, tuple[int, str, str]] = {}  # name of a case → line, kind, outcome
silent: set[str] = set()  # cases in which a bad input may have been taken for a good one
hashes: dict[str, tuple[int, int]] = {}  # of outs made under variations, by case: equal to the reference, all


def record(case: str, number: int, kind: str, outcome: str) -> None:
    """A case counts once: as failed if anything of it failed, its clearing up too."""
    if case not in cases or outcome == FAILED:
        cases[case] = (number, kind, outcome)


def record_silent(case: str) -> None:
    silent.add(case)


def record_hashes(case: str, equal: int, total: int) -> None:
    hashes[case] = (equal, total)


def keep(path: Path, case: str) -> None:
    """Add what is known of a case to a file, a line of JSON."""
    line = {"case": case, "what": cases[case], "silent": case in silent, "hashes": hashes.get(case)}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def read(path: Path) -> set[str]:
    """Take in what earlier runs kept, of a case the last; those that passed need not run again."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
    for one in {line["case"]: line for line in lines}.values():
        if one["what"][2] == PASSED:
            cases[one["case"]] = tuple(one["what"])
            if one["hashes"]:
                hashes[one["case"]] = tuple(one["hashes"])
    return set(cases)


def count(lines: range, outcome: str, kind: str = "") -> int:
    """Cases of these lines with an outcome, of one kind or of all."""
    return sum(line in lines and its == outcome and kind in ("", of) for line, of, its in cases.values())


def rendered() -> str:
    """Markdown: a row a section, then the sums. Of a kind: passed, of passed and failed."""
    rows = ["| class | lines with a passed case | " + " | ".join(KINDS.values()) + " | failed | skipped |",
            "|---" * (4 + len(KINDS)) + "|"]
    rows += [_row(name, lines, f"{len(lines)}") for name, lines in SECTIONS.items()]
    whole = range(1, len(LINES) + 1)
    rows.append(_row("**all**", whole, f"{len(LINES)}, {len(EXCUSED)} excused"))
    variations = count(whole, PASSED, "variation") + count(whole, FAILED, "variation")
    equal, total = (sum(pair[end] for pair in hashes.values()) for end in (0, 1))
    return "\n".join([*rows, "", f"Silently accepted bad inputs: {len(silent)}. Identical hashes: {equal} of {total} "
                                 f"under {variations} variations."])


def _row(name: str, lines: range, among: str) -> str:
    tested = len({line for line, _, outcome in cases.values() if line in lines and outcome == PASSED})
    cells = [_share(count(lines, PASSED, kind), count(lines, FAILED, kind)) for kind in KINDS]
    return (f"| {name} | {tested} of {among} | {' | '.join(cells)} | {count(lines, FAILED)} | "
            f"{count(lines, SKIPPED)} |")


def _share(passed: int, failed: int) -> str:
    return f"{passed} of {passed + failed}" if passed + failed else ""
