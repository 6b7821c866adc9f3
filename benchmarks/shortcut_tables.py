"""The tables of benchmarks/shortcuts.py: shortcut planted by line of the audit fired, rates, and the ratio by rho."""

import pandas as pd

from xrays import intervals, verdict
from xrays.phantom.presets import SHORTCUTS

# The lines that are there for each shortcut; any of them will do.
MEANT = {"age": ["background", "grey", "occluded", "ratio"], "marker": ["background", "ring", "marker"],
         "bands": ["frame", "bars"], "crop": ["background", "ring"], "jpeg": ["file"], "intensity": ["grey"], "size": ["file"],
         "coronahack_like": ["occluded", "border", "ratio", "elsewhere"]}
UNCONFOUNDED = ["clean", "all, rho 0.5"]  # sites say nothing of the label: here a "no" is a false alarm
# "reversed" sites at 1 - rho: the external AUROC falls as rho grows.
BY_RHO = {"all, rho 0.5": 0.5, "all, rho 0.65": 0.65, "hard": 0.8, "coronahack_like": 1.0}
BESIDE = ["network_auroc", "occluded_auroc", "shortcut_ratio", "thumbnail_auroc", "thumbnail_without_lungs_auroc",
          "external_auroc"]


def lines(cells: pd.DataFrame) -> list[str]:
    """The decisive lines that were measured in any cell."""
    return [rule.name for rule in verdict.RULES
            if rule.decisive and (cells[f"rule_{rule.name}"] != verdict.UNMEASURED).any()]


def shown_lines(cells: pd.DataFrame) -> list[str]:
    """Every line that was measured in any cell, decisive or not."""
    return [rule.name for rule in verdict.RULES if (cells[f"rule_{rule.name}"] != verdict.UNMEASURED).any()]


def fired(cells: pd.DataFrame, line: str) -> int:
    return int((cells[f"rule_{line}"] == verdict.FIRED).sum())


def refused(cells: pd.DataFrame) -> int:
    return int((cells["trustworthy"] == verdict.NOT).sum())


def share(count: int, total: int) -> str:
    """`3 of 4 (0.30 to 0.95)`, with Wilson's 95 % interval."""
    low, high = intervals.wilson(count, total)
    return f"{count} of {total} ({low:.2f} to {high:.2f})"


def row(*cells: object) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def header(*names: str) -> list[str]:
    return [row(*names), "|---" * len(names) + "|"]


def by_plan(cells: pd.DataFrame, plans: list[str]) -> str:
    """A row a plan: in how many of its seeds each decisive line fired; bold: the lines that are there for it."""
    rows = header("planted", "seeds", "not trustworthy", *lines(cells))
    for plan in [plan for plan in plans if plan in set(cells["plan"])]:
        part = cells[cells["plan"] == plan]
        counts = {line: fired(part, line) for line in lines(cells)}
        shown = [f"**{count}**" if line in MEANT.get(plan, []) else count or "" for line, count in counts.items()]
        rows.append(row(plan, len(part), refused(part), *shown))
    return "\n".join(rows)


def by_line(cells: pd.DataFrame) -> str:
    """A row a line: how often it fires on the plans that it is there for, on other single shortcuts, and on none."""
    clean = cells[cells["plan"].isin(UNCONFOUNDED)]
    rows = header("line", "decides", "there for", "fired there", "fired on other shortcuts", "false alarms")
    deciding = {rule.name: "yes" if rule.decisive else "no" for rule in verdict.RULES}
    for line in shown_lines(cells):
        names = [name for name in MEANT if line in MEANT[name]]
        meant, others = (cells[cells["plan"].isin(plans)] for plans in (
            names, [name for name in SHORTCUTS if name not in names]))
        counted = [share(fired(part, line), len(part)) if len(part) else "-" for part in (meant, others, clean)]
        rows.append(row(line, deciding[line], ", ".join(names) or "-", *counted))
    return "\n".join(rows)


def rates(cells: pd.DataFrame) -> str:
    """False alarms where sites say nothing of the label; detections of single shortcuts, and by which lines."""
    clean, single = cells[cells["plan"].isin(UNCONFOUNDED)], cells[cells["plan"].isin(SHORTCUTS)]
    meant = sum(any(one[f"rule_{line}"] == verdict.FIRED for line in MEANT[one["plan"]]) for _, one in single.iterrows())
    return (f"False alarms, no confounding: {share(refused(clean), len(clean))}. Single shortcuts that end in “no”: "
            f"{share(refused(single), len(single))}; by a line that is there for them: {share(meant, len(single))}.")


def by_rho(cells: pd.DataFrame) -> str:
    """All shortcuts at once by rho: means over seeds; empty without networks."""
    columns = [name for name in BESIDE if name in cells]
    rows = header("rho", "seeds", *(name.replace("_", " ") for name in columns))
    for plan, rho in BY_RHO.items():
        part = cells[cells["plan"] == plan]
        if len(part):
            rows.append(row(rho, len(part), *(f"{part[name].mean():.3f}" for name in columns)))
    return "\n".join(rows)


def markdown(cells: pd.DataFrame, plans: list[str]) -> str:
    return "\n\n".join([by_plan(cells, plans), by_line(cells), rates(cells), by_rho(cells)])
