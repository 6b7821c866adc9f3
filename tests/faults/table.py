"""What the matrix counted, as the table that README shows."""

from collections import Counter

from tests.faults.matrix import EXCUSED, LINES, SECTIONS

KINDS = {"fault": "faults survived", "input": "bad inputs handled by name", "kill": "kills, bit-equal afterwards",
         "variation": "variations, same bytes"}
outcomes: Counter[tuple[int, str, bool]] = Counter()  # (line, kind, survived) → cases
hashes: Counter[str] = Counter()  # of outs made under variations: all, and those equal to the reference


def record(marker: tuple[int, str], outcome: str) -> None:
    number, kind = marker
    outcomes[number, kind, outcome == "passed"] += 1


def record_hashes(equal: int, total: int) -> None:
    hashes.update(equal=equal, all=total)


def counted(kind: str, lines: range) -> tuple[int, int]:
    """Cases that came out well, and all cases."""
    well = sum(count for (line, its, passed), count in outcomes.items() if its == kind and line in lines and passed)
    every = sum(count for (line, its, _), count in outcomes.items() if its == kind and line in lines)
    return well, every


def rendered() -> str:
    """Markdown: a row a section, then the sums."""
    rows = ["| class | lines of the matrix | " + " | ".join(KINDS.values()) + " |", "|---" * (2 + len(KINDS)) + "|"]
    for name, lines in SECTIONS.items():
        tested = len({line for line, _, _ in outcomes if line in lines})
        cells = [_share(*counted(kind, lines)) for kind in KINDS]
        rows.append(f"| {name} | {tested} of {len(lines)} | {' | '.join(cells)} |")
    whole = range(1, len(LINES) + 1)
    sums = [_share(*counted(kind, whole)) for kind in KINDS]
    tested = len({line for line, _, _ in outcomes})
    rows.append(f"| **all** | {tested} of {len(LINES)}, {len(EXCUSED)} excused | {' | '.join(sums)} |")
    well, every = counted("input", whole)
    return "\n".join([*rows, "", f"Silently accepted bad inputs: {every - well}. Identical hashes: {hashes['equal']} of "
                                 f"{hashes['all']} under {counted('variation', whole)[1]} variations."])


def _share(well: int, every: int) -> str:
    return f"{well} of {every}" if every else ""
