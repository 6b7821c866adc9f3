"""What the matrix counted, as the table of docs/nothing-lost.md."""

from collections import Counter

from tests.faults.matrix import EXCUSED, LINES, SECTIONS

KINDS = {"fault": "faults survived", "input": "bad inputs handled by name", "accepted": "odd inputs taken as meant",
         "kill": "kills, bit-equal afterwards", "variation": "variations, same bytes"}
PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
cases: dict[str, tuple[int, str, str]] = {}  # name of a case → line, kind, outcome
silent: set[str] = set()  # cases in which a bad input may have been taken for a good one
hashes: Counter[str] = Counter()  # of outs made under variations: all, and those equal to the reference


def record(case: str, number: int, kind: str, outcome: str) -> None:
    """A case counts once: as failed if anything of it failed, its clearing up too."""
    if case not in cases or outcome == FAILED:
        cases[case] = (number, kind, outcome)


def record_silent(case: str) -> None:
    silent.add(case)


def record_hashes(equal: int, total: int) -> None:
    hashes.update(equal=equal, all=total)


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
    return "\n".join([*rows, "", f"Silently accepted bad inputs: {len(silent)}. Identical hashes: {hashes['equal']} of "
                                 f"{hashes['all']} under {variations} variations."])


def _row(name: str, lines: range, among: str) -> str:
    tested = len({line for line, _, outcome in cases.values() if line in lines and outcome == PASSED})
    cells = [_share(count(lines, PASSED, kind), count(lines, FAILED, kind)) for kind in KINDS]
    return (f"| {name} | {tested} of {among} | {' | '.join(cells)} | {count(lines, FAILED)} | "
            f"{count(lines, SKIPPED)} |")


def _share(passed: int, failed: int) -> str:
    return f"{passed} of {passed + failed}" if passed + failed else ""
