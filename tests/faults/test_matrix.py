"""The matrix itself: no line without a test or a reason."""

import ast
from pathlib import Path

import pytest

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
