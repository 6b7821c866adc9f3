"""The whole of a review as one value, which markdown, page and machine only write."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from xrays.delong import DeLong, compare
from xrays.review import changes, data, multiplicity, noise, pairing, statistics, training, trust, verdicts
from xrays.review.pairing import Paired
from xrays.review.revisions import Revision

WORSE, STALE, APART = 3, 4, 5  # exit codes
CODES = {verdicts.WORSE: WORSE, trust.STALE: STALE, trust.APART: APART}
PUBLISHED = ("metrics/metrics.json", "metrics/audit.json", "metrics/external.json")


@dataclass(frozen=True)
class Errors:
    """Pictures by name, sorted: wrong before and right now, right before and wrong now; McNemar's exact p."""

    fixed: list[str]
    broken: list[str]
    p: float


@dataclass(frozen=True)
class Review:
    """base, head: names; paired, patients: how many were compared; confusion: of base and head, seeds averaged."""

    base: str
    head: str
    synthetic: bool
    changes: changes.Changes
    data: data.Data
    doubts: list[trust.Doubt]
    overall: verdicts.Overall
    pictures: int = 0
    patients: int = 0
    seeds: tuple[int, int] = (0, 0)
    spread: str = ""
    decisions: list[verdicts.Decision] = field(default_factory=list)
    delong: DeLong | None = None
    errors: Errors = field(default_factory=lambda: Errors([], [], 1.0))
    confusion: tuple[dict[str, float], ...] = ()
    published: list[tuple[str, float, float]] = field(default_factory=list)

    def code(self, allowed: set[str]) -> int:
        """Exit code: 0 fine, 3 worse beyond noise, 4 stale, 5 not comparable; the last that holds and is not allowed."""
        levels = {doubt.level for doubt in self.doubts} | {self.overall.verdict}
        return max((code for word, code in CODES.items() if word in levels and word not in allowed), default=0)


def of(base: Revision, head: Revision, said: Iterable[str] = ()) -> Review:
    """Compare head with base. said: how the base was chosen and where the head left it, where that needs a word."""
    changed, moved = changes.between(base, head), data.between(base, head)
    doubts = [trust.Doubt(trust.WARNING, text) for text in said if text]
    doubts += [*trust.of_each(base), *trust.of_each(head), *trust.of_both(base, head, moved)]
    synthetic = any(revision.json("metrics/data.json").get("synthetic") for revision in (base, head))
    common = pairing.common(base.predictions, head.predictions, moved.common)
    paired = pairing.pair(base.predictions, head.predictions, common) if len(common) else None
    doubts += trust.of_pairs(base, head, moved, len(common))
    doubts += [trust.Doubt(trust.APART, text) for text in _too_few(paired)]
    apart = [doubt.text for doubt in doubts if doubt.level == trust.APART]
    about = (base.name, head.name, synthetic, changed, moved, doubts)
    if apart or paired is None:
        return Review(*about, verdicts.Overall(verdicts.NOT_COMPARABLE, f"**Not comparable**: {'; '.join(apart)}."))
    return _decided(about, paired, base, head, moved)


def _too_few(paired: Paired | None) -> list[str]:
    if paired is None:
        return ["no study picture is the same on both sides"]
    counts = [len(np.unique(paired.patient[paired.positive == flag])) for flag in (True, False)]
    return [f"only {min(counts)} patients of one class are the same on both sides"] if min(counts) < trust.LEAST else []


def _decided(about: tuple, paired: Paired, base: Revision, head: Revision, moved: data.Data) -> Review:
    measured, spread = noise.read(base, head, paired)
    resplit = bool(set(moved.moved) & set(paired.image))
    decisions = verdicts.decide(statistics.differences(paired, measured), blocked=resplit)
    reasons = ["The folds differ, and the luck of the split was not measured: keep split.seed and split.folds, or change "
               "nothing else with them." if resplit else
               f"The spread of training is unknown{f' ({spread})' if spread else ''}.",
               verdicts.models_apart(decisions), "" if resplit else verdicts.SETTLES]
    lent = _lent(training.borrower(paired, measured), base, head)
    old, new = (side.score.mean(axis=1) for side in (paired.base, paired.head))
    return Review(*about, verdicts.overall(decisions, reasons), len(paired), paired.patients,
                  (len(paired.base.seeds), len(paired.head.seeds)),
                  "; ".join(filter(None, (spread or _from_seeds(paired), lent))), decisions,
                  compare(paired.positive, new, old), _errors(paired),
                  tuple(_confusion(paired, side) for side in (paired.base, paired.head)), _published(base, head))


def _from_seeds(paired: Paired) -> str:
    seeds = max(len(paired.base.seeds), len(paired.head.seeds))
    return "the spread of training was measured on the seeds at hand" if seeds > 1 else ""


def _lent(borrower: str | None, base: Revision, head: Revision) -> str:
    """The assumption that one side was decided by: its recipe may be unsteadier than the one that was measured."""
    names = {"head": (head.name, base.name), "base": (base.name, head.name)}.get(borrower)
    return f"the spread of {names[0]} is taken to be that of {names[1]}" if names else ""


def _errors(paired: Paired) -> Errors:
    right = [side.majority() == paired.positive for side in (paired.base, paired.head)]
    fixed, broken = (sorted(paired.image[flags]) for flags in (~right[0] & right[1], right[0] & ~right[1]))
    return Errors(fixed, broken, multiplicity.mcnemar(len(fixed), len(broken)))


def _confusion(paired: Paired, side: pairing.Side) -> dict[str, float]:
    """tp, fn, fp, tn of the paired pictures, averaged over seeds."""
    called, positive = side.called.mean(axis=1), paired.positive
    return {"tp": called[positive].sum(), "fn": (1 - called[positive]).sum(),
            "fp": called[~positive].sum(), "tn": (1 - called[~positive]).sum()}


def _published(base: Revision, head: Revision) -> list[tuple[str, float, float]]:
    """Every published number that differs, as it stands in both; intervals and thresholds of single models left out."""
    found = []
    for path in PUBLISHED:
        old, new = base.json(path), head.json(path)
        for name in sorted(old.keys() & new.keys()):
            both = (old[name], new[name])
            if not any(isinstance(one, str) for one in both) and both[0] != both[1] and not name.endswith(("_low", "_high")):
                found.append((f"{path.removeprefix('metrics/').removesuffix('.json')}: {name}", *both))
    return found
