"""The matrix itself: no line without a test or a reason."""

import ast
from pathlib import Path

import pytest

from tests.faults import table
from tests.faults.matrix import EXCUSED, LINES, SECTIONS

pytestmark = pytest.mark.about_the_matrix


def lines_of(path: Path) -> set[int]:
    """Numbers in the file's `@pytest.mark.line(NUMBER, …)`."""
    return {node.args[0].value for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "line"}


def test_every_line_has_a_test_or_a_reason_why_not():
    tested = set().union(*(lines_of(path) for path in Path(__file__).parent.glob("test_*.py")))
    assert tested | set(EXCUSED) == set(LINES) and not tested & set(EXCUSED)
    assert len(EXCUSED) <= 10 and all(EXCUSED.values())


def test_every_section_has_its_lines():
    assert [line for lines in SECTIONS.values() for line in lines] == list(LINES) == list(range(1, 80))


def test_the_table_counts_each_case_once_and_nothing_that_was_not_tried(monkeypatch):
    monkeypatch.setattr(table, "cases", {})
    monkeypatch.setattr(table, "silent", set())
    for case, line, kind, outcome in [("a", 1, "fault", "passed"), ("a", 1, "fault", "failed"),  # its clearing up
                                      ("b", 2, "fault", "skipped"), ("c", 26, "accepted", "passed"),
                                      ("d", 25, "input", "failed"), ("e", 25, "input", "passed")]:
        table.record(case, line, kind, outcome)
    table.record_silent("d")
    download, metadata, *_, last = table.rendered().splitlines()[2:]
    assert download == "| download | 0 of 21 | 0 of 1 |  |  |  |  | 1 | 1 |"
    assert metadata == "| metadata | 2 of 14 |  | 1 of 2 | 1 of 1 |  |  | 1 | 0 |"
    assert last.startswith("Silently accepted bad inputs: 1. ")


def test_a_later_run_goes_on_from_what_passed_and_counts_it(monkeypatch, tmp_path):
    kept = tmp_path / "kept.jsonl"
    for name in ("cases", "hashes"):
        monkeypatch.setattr(table, name, {})
    monkeypatch.setattr(table, "silent", set())
    for case, outcome in [("a", "failed"), ("b", "passed"), ("c", "passed"), ("c", "failed")]:  # c: its clearing up
        table.record(case, 66, "variation", outcome)
        table.record_hashes(case, 3, 4)
        table.keep(kept, case)
    table.cases.clear()
    table.hashes.clear()
    assert table.read(kept) == {"b"} and table.hashes == {"b": (3, 4)}
    table.record("a", 66, "variation", "passed")
    table.keep(kept, "a")
    assert table.read(kept) == {"a", "b"} and table.read(tmp_path / "none") == {"a", "b"}
