"""How sure is a difference: the sampling of patients by a paired bootstrap, the spread of training on top.

A review speaks about the recipe, not about the two models at hand, so the variance of a difference is

    V = V_patients + max(0, sum over both sides of (raw - interaction) / seeds)

V_patients: variance of the difference under a bootstrap of whole patients, the models held fixed (C. A. Field, A. H.
Welsh, J. R. Statist. Soc. B 69 (2007) 369-390); raw and interaction: xrays/review/spread.py. The difference over the
root of V is held against Student's t with Satterthwaite's degrees of freedom (Biometrics Bulletin 2 (1946) 110-114).
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import t

from xrays import runtime
from xrays.review import measures, multiplicity, pairing, training
from xrays.review.pairing import Paired
from xrays.review.spread import Spread

RESAMPLES = 2000
LEVEL = 0.95


@dataclass(frozen=True)
class Difference:
    """One metric. patients_low, patients_high: 95 % of the bootstrap, these models; low, high, p: the recipe, None
    where the spread of training is unknown; p_patients: as if training had no spread; identical: same answers."""

    base: float
    head: float
    patients_low: float
    patients_high: float
    p_patients: float
    low: float | None
    high: float | None
    p: float | None
    identical: bool
    corrected: float | None = None  # p for all metrics together

    @property
    def change(self) -> float:
        return self.head - self.base



def draws(paired: Paired, resamples: int) -> np.ndarray:
    """How often each picture's patient was drawn, (resamples, n); the same for the same patients on every machine."""
    random = np.random.default_rng(runtime.seed_of("review", paired.patients, len(paired)))
    counts = random.multinomial(paired.patients, np.full(paired.patients, 1 / paired.patients), size=resamples)
    return counts[:, paired.patient].astype(float)


def differences(paired: Paired, measured: dict[str, dict[str, Spread]], resamples: int = RESAMPLES) -> dict[str, Difference]:
    """Every metric's difference, head minus base.

    measured: "base" and "head" → the spread that a noise file gives for that side's recipe, where one does.
    """
    weights = draws(paired, resamples)
    old, new = (pairing.values(paired, side, weights) for side in (paired.base, paired.head))
    was, now = (pairing.plain(paired, side) for side in (paired.base, paired.head))
    estimates, same = training.estimates(paired, measured, old, new), _identical(paired)
    drawn = {name: new[name].mean(axis=1) - old[name].mean(axis=1) for name in measures.DIRECTION}
    found = {name: _difference(was[name], now[name], drawn[name],
                               training.parts(name, estimates, was[name], now[name]), _freedom(paired, name), same[name])
             for name in measures.DIRECTION}
    if not estimates:
        return found
    corrected = multiplicity.joint({name: one.p for name, one in found.items()}, np.stack(list(drawn.values()), axis=1))
    return {name: replace(one, corrected=corrected[name]) for name, one in found.items()}


def _difference(base: float, head: float, drawn: np.ndarray, spread: list[tuple[Spread, float]], freedom: float,
                identical: bool) -> Difference:
    change, drawn = head - base, drawn[np.isfinite(drawn)]
    of_patients = float(drawn.var(ddof=1))
    tail = 50 * (1 - LEVEL)
    low, high = np.percentile(drawn, [tail, 100 - tail])
    patients_only = (base, head, float(low), float(high), _p(change, of_patients, freedom))
    if not spread:
        return Difference(*patients_only, None, None, None, identical)
    raw = [share * one.raw for one, share in spread]
    beyond = sum(raw) - sum(share * one.interaction for one, share in spread)
    variance = of_patients + max(0.0, beyond)
    together = _together(variance, of_patients, freedom, raw, spread) if beyond > 0 else freedom
    half = float(t.ppf((1 + LEVEL) / 2, together) * np.sqrt(variance))
    return Difference(*patients_only, change - half, change + half, _p(change, variance, together), identical)


def _together(variance: float, of_patients: float, freedom: float, raw: list[float],
              spread: list[tuple[Spread, float]]) -> float:
    """Degrees of freedom of the whole variance: what was estimated, and from how many patients and models."""
    below = of_patients**2 / freedom + sum(part**2 / one.freedom for part, (one, _) in zip(raw, spread))
    return max(1.0, variance**2 / below)


def _p(change: float, variance: float, freedom: float) -> float:
    """Two-sided, of Student's t; a difference without variance is nothing or certain."""
    if variance <= 1e-18:
        return float(abs(change) < 1e-12)
    return float(2 * t.sf(abs(change) / np.sqrt(variance), freedom))


def _freedom(paired: Paired, name: str) -> float:
    """Patients that a metric rests on, less one: those of its class, or of the smaller class."""
    patients = {flag: len(np.unique(paired.patient[paired.positive == flag])) for flag in (True, False)}
    counted = {"sensitivity": patients[True], "specificity": patients[False]}.get(name, min(patients.values()))
    return float(max(1, counted - 1))


def _identical(paired: Paired) -> dict[str, bool]:
    """Metrics that cannot differ, for both sides gave the same answers to every picture they rest on."""
    base, head = paired.base, paired.head
    if base.seeds != head.seeds:
        return dict.fromkeys(measures.DIRECTION, False)
    agree = (base.called == head.called).all(axis=1)
    calls = {"sensitivity": agree[paired.positive].all(), "specificity": agree[~paired.positive].all()}
    calls |= dict.fromkeys(("balanced_accuracy", "mcc"), agree.all())
    same_scores = np.array_equal(base.score, head.score)
    return {name: bool(calls.get(name, same_scores)) for name in measures.DIRECTION}
