"""From differences to words: better, worse, within noise, undecided, equal, for each metric and for the whole.

A metric is better or worse when its difference exceeds what the sampling of patients and the spread of training make
by themselves, at 5 % for all metrics together. It is within noise when it does not and the spread is known,
undecided when the spread is not known, equal when both sides gave the same answers.
"""

from dataclasses import dataclass

from xrays.review import measures, multiplicity
from xrays.review.statistics import Difference

ALPHA = 0.05
BETTER, WORSE, NOISE, UNDECIDED, EQUAL = "better", "worse", "within noise", "undecided", "equal"
NOT_COMPARABLE, NO_CHANGE = "not comparable", "no change"
SETTLES = ("What settles it: `make noise` on the base branch, which measures the spread of training once for its recipe, or "
           "three seeds or more in train.seeds on both sides.")


@dataclass(frozen=True)
class Decision:
    """One metric's verdict; p is corrected for all metrics looked at, None where the spread is unknown."""

    metric: str
    difference: Difference
    p: float | None
    verdict: str


@dataclass(frozen=True)
class Overall:
    """The one sentence of a review."""

    verdict: str
    sentence: str


def decide(found: dict[str, Difference], blocked: bool = False) -> list[Decision]:
    """A verdict for each metric. blocked: something makes any better or worse unsafe, so what differs is undecided."""
    return [Decision(name, one, one.corrected, _verdict(name, one, None if blocked else one.corrected))
            for name, one in found.items()]


def _verdict(name: str, one: Difference, p: float | None) -> str:
    if one.identical:
        return EQUAL
    if p is None:
        return UNDECIDED
    if p > ALPHA:
        return NOISE
    return BETTER if one.change * measures.DIRECTION[name] > 0 else WORSE


def overall(decisions: list[Decision], reasons: list[str]) -> Overall:
    """Worse if any metric is worse, else better if any is better, else no change, undecided or within noise.

    reasons: why nothing could be decided, where that is so.
    """
    named = {verdict: [shown(one.metric) for one in decisions if one.verdict == verdict]
             for verdict in (BETTER, WORSE, NOISE, UNDECIDED, EQUAL)}
    if named[WORSE]:
        besides = f", though {_listed(named[BETTER])} better: a person has to weigh them" if named[BETTER] else ""
        return Overall(WORSE, f"**Worse beyond noise** in {_and(named[WORSE])}{besides}.")
    if named[BETTER]:
        return Overall(BETTER, f"**Better beyond noise** in {_and(named[BETTER])}, and nothing is worse.")
    if len(named[EQUAL]) == len(decisions):
        return Overall(NO_CHANGE, "**No change**: both sides gave the same answers to every picture.")
    if named[UNDECIDED]:
        return Overall(UNDECIDED, "**Undecided: this model, not this change.** " + " ".join(filter(None, reasons)))
    return Overall(NOISE, "**Within noise**: no difference exceeds what other patients and another training would make.")


def models_apart(decisions: list[Decision]) -> str:
    """Where these two models differ beyond the sampling of patients, whatever that says of the recipe."""
    corrected = multiplicity.holm({one.metric: one.difference.p_patients for one in decisions})
    names = [shown(name) for name, p in corrected.items() if p <= ALPHA]
    return f"These two models do differ beyond the sampling of patients, in {_and(names)}." if names else ""


def shown(metric: str) -> str:
    """A metric's name as a person writes it."""
    return {"auroc": "AUROC", "mcc": "MCC", "brier": "Brier score"}.get(metric, metric.replace("_", " "))


def _and(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def _listed(names: list[str]) -> str:
    return f"{_and(names)} {'are' if len(names) > 1 else 'is'}"
