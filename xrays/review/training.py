"""Which estimate of the spread of training stands for which side of a review, and how it enters the variance."""

from dataclasses import dataclass

import numpy as np

from xrays.review import measures, pairing
from xrays.review.pairing import Paired
from xrays.review.spread import Spread, between_trainings


def spreads(paired: Paired, side: pairing.Side, drawn: dict[str, np.ndarray]) -> dict[str, Spread]:
    """What one revision's own seeds tell of the spread; needs two or more."""
    rows = np.arange(len(paired))
    return between_trainings(paired.fold, len(side.seeds), lambda seed: measures.plain(
        paired.positive, side.score[rows, seed], side.called[rows, seed]), drawn)


def shared_spreads(paired: Paired, drawn: dict[str, np.ndarray]) -> dict[str, Spread]:
    """The spread of the difference itself where both sides asked the same models, two seeds or more."""
    rows = np.arange(len(paired))

    def ask(seed: np.ndarray) -> dict[str, float]:
        old, new = (measures.plain(paired.positive, side.score[rows, seed], side.called[rows, seed])
                    for side in (paired.base, paired.head))
        return {name: new[name] - old[name] for name in old}

    return between_trainings(paired.fold, len(paired.base.seeds), ask, drawn)


@dataclass(frozen=True)
class Part:
    """An estimate of the spread and how its variance enters: share 1/seeds, for one side or for the difference."""

    spreads: dict[str, Spread]
    share: float
    side: str  # base | head | both


def estimates(paired: Paired, measured: dict, old: dict, new: dict) -> list[Part]:
    """The spread of either side, from its own seeds, its noise file or, at worst, the other side's; empty if unknown."""
    base, head = (len(side.seeds) for side in (paired.base, paired.head))
    if paired.same_models and base > 1:
        return [Part(shared_spreads(paired, {name: new[name] - old[name] for name in new}), 1 / base, "both")]
    own = {side: [measured[side]] if side in measured else [] for side in ("base", "head")}
    for name, side, drawn in (("base", paired.base, old), ("head", paired.head, new)):
        if len(side.seeds) > 1:
            own[name].append(spreads(paired, side, drawn))
    for_base, for_head = (max(own[one] or own[other], key=_trust, default=None)
                          for one, other in (("base", "head"), ("head", "base")))
    return [] if for_base is None else [Part(for_base, 1 / base, "base"), Part(for_head, 1 / head, "head")]


def borrower(paired: Paired, measured: dict) -> str | None:
    """The side, base or head, for which the other's spread stands, because nobody measured its own; None where neither."""
    unknown = [side for side in ("base", "head") if side not in measured and len(getattr(paired, side).seeds) < 2]
    return unknown[0] if len(unknown) == 1 else None


def parts(name: str, estimates: list[Part], base: float, head: float) -> list[tuple[Spread, float]]:
    """Spread and share of one metric; what both sides borrow from one estimate is one variance, counted once."""
    at = {"base": base, "head": head}
    found = [(part.spreads[name].scaled(name, at[part.side]) if part.side in at else part.spreads[name], part.share)
             for part in estimates]
    if len(estimates) == 2 and estimates[0].spreads is estimates[1].spreads:
        together = Spread(sum(one.raw * share for one, share in found), sum(one.interaction * share for one, share in found),
                          found[0][0].freedom, found[0][0].at)
        return [(together, 1.0)]
    return found


def _trust(spread: dict[str, Spread]) -> float:
    return sum(one.freedom for one in spread.values())
