"""The benchmark's tables count what its cells say."""

import json
from pathlib import Path

import pandas as pd

from benchmarks import shortcut_tables, shortcuts
from xrays import verdict
from xrays.phantom.presets import SHORTCUTS


def cell(plan: str, seed: int, *fired: str, **numbers: float) -> dict:
    states = {f"rule_{rule.name}": "fired" if rule.name in fired else "quiet" for rule in verdict.RULES}
    return {"plan": plan, "seed": seed, "trustworthy": "no" if fired else "yes", **states, **numbers}


CELLS = pd.DataFrame([
    cell("clean", 0), cell("clean", 1, "ring"), cell("jpeg", 0, "file"), cell("jpeg", 1, "ring"), cell("size", 0),
    cell("hard", 0, "file", "ratio", shortcut_ratio=0.4), cell("hard", 1, "file", shortcut_ratio=0.6),
])


def column(table: str, row: str, name: str) -> str:
    names, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    return next(dict(zip(names, one))[name] for one in rows if one[0] == row)


def test_every_shortcut_of_the_phantom_has_a_decisive_line_that_is_there_for_it():
    decisive = {rule.name for rule in verdict.RULES if rule.decisive}
    assert set(SHORTCUTS) < set(shortcut_tables.MEANT) <= set(shortcuts.PLANS)
    assert all(lines and set(lines) <= decisive for lines in shortcut_tables.MEANT.values())


def test_a_plan_counts_the_seeds_in_which_a_line_fired():
    table = shortcut_tables.by_plan(CELLS, list(shortcuts.PLANS))
    assert column(table, "jpeg", "file") == "**1**" and column(table, "jpeg", "ring") == "1"
    assert column(table, "clean", "not trustworthy") == "1" and column(table, "hard", "file") == "2"


def test_a_line_is_judged_on_what_it_is_there_for_and_on_phantoms_without_shortcuts():
    table = shortcut_tables.by_line(CELLS)
    assert column(table, "file", "there for") == "jpeg, size"
    assert column(table, "file", "fired there").startswith("1 of 3 (")
    assert column(table, "file", "false alarms").startswith("0 of 2 (")
    assert column(table, "ring", "false alarms").startswith("1 of 2 (")


def test_rates_tell_a_detection_by_the_right_line_from_one_by_any():
    said = shortcut_tables.rates(CELLS)
    assert "no confounding: 1 of 2 (" in said and "“no”: 2 of 3 (" in said and "there for them: 1 of 3 (" in said


def test_the_ratio_is_a_mean_over_seeds_by_rho():
    assert column(shortcut_tables.by_rho(CELLS), "0.8", "shortcut ratio") == "0.500"


def test_lines_that_no_cell_measured_are_left_out():
    cells = CELLS.assign(rule_ratio=verdict.UNMEASURED)
    assert "ratio" not in shortcut_tables.lines(cells) and "file" in shortcut_tables.lines(cells)


def test_finished_cells_are_read_back_and_none_is_an_empty_table(tmp_path):
    kept = tmp_path / "cells.jsonl"
    assert list(shortcuts.finished(kept).columns) == ["plan", "seed"]
    kept.write_text("".join(json.dumps(one) + "\n" for one in (cell("clean", 3), cell("jpeg", 4))))
    assert set(shortcuts.finished(kept)[["plan", "seed"]].itertuples(index=False, name=None)) == {("clean", 3), ("jpeg", 4)}


def test_a_finished_cell_is_judged_by_the_rules_as_they_are_now(tmp_path):
    kept = tmp_path / "cells.jsonl"
    kept.write_text(json.dumps({"plan": "marker", "seed": 0, "rule_ring": "quiet", "ring_auroc_ci_low": 0.99,
                                "trustworthy": "yes"}) + "\n")
    cells = shortcuts.finished(kept)
    assert shortcut_tables.fired(cells, "ring") == 1 and shortcut_tables.refused(cells) == 1
    assert shortcuts.finished(tmp_path / "none.jsonl").empty


def published() -> pd.DataFrame:
    """The cells of docs/shortcuts, networks and all, judged by the rules as they are now."""
    return shortcuts.finished(Path(__file__).parent.parent / "docs/shortcuts/cells.jsonl")


def test_in_the_published_cells_no_network_on_a_phantom_like_coronahack_is_trusted_and_abroad_it_fails():
    cells = published().query("plan == 'coronahack_like'")
    assert len(cells) and set(cells["trustworthy"]) == {"no"} and (cells["external_auroc"] <= 0.6).all()


def test_in_the_published_cells_the_shortcut_ratio_grows_with_rho():
    means = published().groupby("plan")["shortcut_ratio"].mean()[list(shortcut_tables.BY_RHO)]
    assert means.is_monotonic_increasing and means.iloc[-1] > 0.5 > means.iloc[0]


def test_in_the_published_cells_each_planted_shortcut_ends_in_no_by_a_line_that_is_there_for_it():
    for _, one in published().query("plan in @SHORTCUTS").iterrows():
        fired = [line for line in shortcut_tables.MEANT[one["plan"]] if one[f"rule_{line}"] == verdict.FIRED]
        assert fired and one["trustworthy"] == "no", (one["plan"], one["seed"])


def test_in_the_published_cells_every_line_that_is_there_for_a_shortcut_fires_on_it_somewhere():
    cells = published()
    lines = {line for names in shortcut_tables.MEANT.values() for line in names}
    silent = [line for line in lines if not shortcut_tables.fired(
        cells[cells["plan"].isin([plan for plan, names in shortcut_tables.MEANT.items() if line in names])], line)]
    assert silent == []


def test_in_the_published_cells_no_clean_phantom_is_called_not_trustworthy():
    cells = published().query("plan == 'clean'")
    assert len(cells) >= 3 and set(cells["trustworthy"]) <= {"yes", "undecided"}


def test_in_the_published_cells_nothing_fires_without_confounding_but_a_lack_of_skill_that_is_there():
    for _, one in published().query("plan in @shortcut_tables.UNCONFOUNDED").iterrows():
        fired = {rule.name for rule in verdict.RULES if rule.decisive and one[f"rule_{rule.name}"] == verdict.FIRED}
        assert fired <= {"skill"} and ("skill" in fired) == (one["network_auroc_ci_low"] < 0.5), (one["plan"], one["seed"])
