"""Experiments beside their baseline, ranked by what can be told from noise.

Each is reviewed against the baseline; then its smallest p is corrected once more, by Holm, for the number of experiments
looked at: the best of many is the luckiest as well. Within a tier nothing is ranked: its order is that of AUROC, and says
nothing.
"""

from dataclasses import dataclass

from xrays.review import multiplicity, verdicts
from xrays.review.comparison import Review

TIERS = [verdicts.BETTER, verdicts.NO_CHANGE, verdicts.NOISE, verdicts.UNDECIDED, verdicts.WORSE, verdicts.NOT_COMPARABLE]
SHOWN = ("auroc", "sensitivity", "specificity")


@dataclass(frozen=True)
class Ranked:
    """One experiment. p: of its most certain metric, corrected for metrics and experiments; None where undecided.
    audit: its metrics/audit.json."""

    name: str
    review: Review
    verdict: str
    p: float | None
    audit: dict

    @property
    def auroc(self) -> float:
        return next((one.difference.head for one in self.review.decisions if one.metric == "auroc"), 0.0)


def rank(reviews: dict[str, Review], audits: dict[str, dict]) -> list[Ranked]:
    """Best tier first. reviews, audits: experiment → its review against the baseline, its metrics/audit.json."""
    least = {name: min(one.p for one in review.decisions) for name, review in reviews.items()
             if review.decisions and all(one.p is not None for one in review.decisions)}
    corrected = multiplicity.holm(least)
    ranked = [Ranked(name, review, _verdict(review.overall.verdict, corrected.get(name)), corrected.get(name),
                     audits[name]) for name, review in reviews.items()]
    return sorted(ranked, key=lambda one: (TIERS.index(one.verdict), -one.auroc, one.name))


def _verdict(alone: str, p: float | None) -> str:
    """A single review's verdict, unless it is luck among so many."""
    return verdicts.NOISE if alone in (verdicts.BETTER, verdicts.WORSE) and p is not None and p > verdicts.ALPHA else alone


def table(ranked: list[Ranked]) -> str:
    """Markdown, a row an experiment: verdict, p, metrics with their differences, what the audit says."""
    heads = ["experiment", "verdict", "p, all experiments", *(verdicts.shown(name) for name in SHOWN), "trustworthy",
             "shortcut ratio"]
    rows = [heads, ["---"] * len(heads)]
    for one in ranked:
        found = {decision.metric: decision.difference for decision in one.review.decisions}
        metrics = [f"{found[name].head:.4f} ({found[name].change:+.4f})" if name in found else "" for name in SHOWN]
        ratio = one.audit.get("shortcut_ratio")
        rows.append([one.name, one.verdict, "" if one.p is None else f"{one.p:.3f}", *metrics,
                     one.audit.get("trustworthy", ""), "" if ratio is None else f"{ratio:.2f}"])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
