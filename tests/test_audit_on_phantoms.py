"""The audit judged by those who know the truth: phantoms with every shortcut, and with none. Without networks.

`python -m benchmarks.shortcuts` does the same with networks, for each shortcut and several seeds (docs/shortcuts/).
"""

import pytest

from benchmarks import shortcuts
from tests.project import copy_work_tree
from xrays import verdict

FEW = shortcuts.SMALL | {"phantom.patients": 100, "phantom.seed": 11, "phantom.external": "none"}


@pytest.fixture(scope="module")
def cells(tmp_path_factory) -> dict[str, shortcuts.Cell]:
    """What the audit's regressions measure on each phantom, and the verdict."""
    found = {}
    for plan in ("clean", "coronahack_like"):
        project = copy_work_tree(tmp_path_factory.mktemp(plan))
        project.set(**{name.replace(".", "__"): value for name, value in (FEW | shortcuts.PLANS[plan] | {
            "phantom.external": "none"}).items()})
        found[plan] = shortcuts.without_network(project.folder)
    return found


def test_two_sources_that_differ_in_all_but_the_disease_are_not_trusted(cells):
    found = cells["coronahack_like"]
    assert found["trustworthy"] == verdict.NOT
    fired = {name for name, state in found.items() if state == verdict.FIRED}
    assert fired >= {"rule_file", "rule_frame", "rule_grey", "rule_background"}
    assert found["thumbnail_without_lungs_auroc"] > 0.9


def test_where_only_the_disease_differs_nothing_fires(cells):
    found = cells["clean"]
    assert verdict.FIRED not in found.values() and found["trustworthy"] != verdict.NOT
    assert found["thumbnail_without_lungs_auroc"] < 0.65
