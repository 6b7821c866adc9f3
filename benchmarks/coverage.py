"""How often each 95 % interval holds the truth, in simulations whose truth is known; printed as Markdown.

Example: python -m benchmarks.coverage auroc (1,000 draws a row, two minutes on one core); also rates, calls, others.

Patients come with 1 to 4 pictures that are alike: half of the variance of a logit is the patient's own. Logits are
normal in both classes; spread is the standard deviation of COVID-19's, that of Normal is 1.
"""

import argparse
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.special import expit
from scipy.stats import norm
from sklearn import metrics

from xrays import decision, intervals, numbers, params, resampling, scores, uncertainty
from xrays.folds import COVID, NORMAL

SIZES, COVID_SHARES, NORMAL_SHARES = (1, 2, 3, 4), (0.6, 0.2, 0.1, 0.1), (0.8, 0.1, 0.05, 0.05)
ALIKE = 0.5
OTHERS = ["average_precision", "mcc", "brier", "log_loss"]
SHARES = [0.01, 0.2]  # of the ill, of which precision and its like are told
CALLS = ["accuracy", "balanced_accuracy", "precision", "f1", *decision.crowds(1, 1, SHARES)]
TABLES = {"auroc": ["auroc"], "rates": ["sensitivity", "specificity"], "calls": CALLS, "others": OTHERS}
HEADS = {"plain": "plain", "percentile": "percentile bootstrap", "logit": "Obuchowski, logit", "ours": "ours"}
METHODS = {"auroc": ["plain", "percentile", "logit", "ours"], "rates": ["plain", "ours"], "calls": ["ours"],
           "others": ["percentile", "ours"]}


@dataclass(frozen=True)
class Setting:
    """A population: patients of each class, the AUROC of its pictures, the spread of COVID-19's logits."""

    cases: int
    controls: int
    auroc: float
    spread: float = 1.0

    @property
    def middle(self) -> float:
        return float(norm.ppf(self.auroc) * np.hypot(1, self.spread))

    def draw(self, stream: np.random.Generator, times: int = 1) -> pd.DataFrame:
        """predictions.csv of new patients; calibrated is missing, threshold half-way between the classes."""
        cases, controls = times * self.cases, times * self.controls
        counts = np.concatenate([stream.choice(SIZES, number, p=shares) for number, shares in (
            (cases, COVID_SHARES), (controls, NORMAL_SHARES))])
        group = np.repeat(np.arange(cases + controls), counts)
        own, new = stream.standard_normal(cases + controls)[group], stream.standard_normal(len(group))
        logit, positive = np.sqrt(ALIKE) * own + np.sqrt(1 - ALIKE) * new, group < cases
        logit = np.where(positive, self.middle + self.spread * logit, logit)
        probability = scores.probability(2 * (logit - self.middle / 2))
        return pd.DataFrame({
            "image": np.arange(len(group)), "label": np.where(positive, COVID, NORMAL), "group": group, "fold": 0,
            "seed": 0, "probability": probability, "threshold": 0.5,
            "predicted": np.where(probability >= 0.5, COVID, NORMAL)})

    @cached_property
    def rates(self) -> dict[str, float]:
        """The truth where there is a formula."""
        return {"auroc": self.auroc, "sensitivity": float(norm.cdf(self.middle / 2 / self.spread)),
                "specificity": float(norm.cdf(self.middle / 2))}

    @cached_property
    def others(self) -> dict[str, float]:
        """The truth where there is none, from about 900,000 pictures."""
        large = self.draw(np.random.default_rng(0), times=600_000 // (self.cases + self.controls))
        positive, probability = large["label"].eq(COVID).to_numpy(), large["probability"].to_numpy()
        called = probability >= 0.5
        return {"average_precision": metrics.average_precision_score(positive, probability),
                "mcc": metrics.matthews_corrcoef(positive, called),
                "brier": metrics.brier_score_loss(positive, probability),
                "log_loss": metrics.log_loss(positive, np.clip(probability, 1e-9, 1 - 1e-9)),
                "accuracy": metrics.accuracy_score(positive, called), "f1": metrics.f1_score(positive, called),
                "precision": metrics.precision_score(positive, called)}

    def truth(self, name: str) -> float:
        """Of any number in TABLES."""
        sensitivity, specificity = self.rates["sensitivity"], self.rates["specificity"]
        known = self.rates | decision.crowds(sensitivity, specificity, SHARES)
        known["balanced_accuracy"] = (sensitivity + specificity) / 2
        return known[name] if name in known else self.others[name]


SETTINGS = [Setting(100, 100, 0.9), Setting(100, 100, 0.9, 1.7), Setting(38, 160, 0.9), Setting(38, 160, 0.99),
            Setting(38, 160, 0.999), Setting(38, 160, 0.999, 1.7), Setting(38, 1200, 0.999)]


def found(rows: pd.DataFrame, method: str, resamples: int, names: list[str]) -> dict[str, intervals.Interval]:
    """The intervals of one draw by one method."""
    judged = uncertainty.Judged(rows)
    positive, score, right = judged.positive, judged.by_seed["probability"][0], judged.right()
    if method == "ours" and not set(names) <= {"auroc", "sensitivity", "specificity"}:
        values = numbers.of(rows, params.load().evaluate.model_copy(update={"resamples": resamples, "prevalences": SHARES}))
        return {name: (values[f"{name}_ci_low"], values[f"{name}_ci_high"]) for name in names}
    if method == "ours":
        return uncertainty.counted(judged) | {"auroc": intervals.auroc_interval(positive, score, judged.group)}
    if method == "percentile":
        return percentile(judged, resamples, names)
    auroc, moved = intervals.influence(positive, score)
    if method == "logit":
        return {"auroc": by_logit(auroc, intervals.clustered_variance(moved, positive, judged.group))}
    rates = {name: intervals.wilson(right[chosen].sum(), chosen.sum())
             for name, chosen in (("sensitivity", positive), ("specificity", ~positive))}
    return rates | {"auroc": intervals.wilson(auroc * positive.sum(), positive.sum())}


def percentile(judged: uncertainty.Judged, resamples: int, names: list[str]) -> dict[str, intervals.Interval]:
    """The 2.5 and 97.5 % points over resamples of patients."""
    def numbers(weights: np.ndarray) -> resampling.Numbers:
        if names == ["auroc"]:
            return {"auroc": weighted_auroc(weights, judged.positive, judged.by_seed["probability"][0])}
        return judged.weighted(weights)

    drawn = resampling.resampled(numbers, judged.positive, judged.group, resamples)
    return {name: tuple(np.quantile(values, (0.025, 0.975))) for name, values in drawn.items()}


def weighted_auroc(weights: np.ndarray, positive: np.ndarray, score: np.ndarray) -> np.ndarray:
    """AUROC (m) of pictures with weights (m, n), no two of one score."""
    ordered = weights[:, np.argsort(score)] * 1.0
    case = positive[np.argsort(score)]
    below = np.cumsum(ordered * ~case, axis=1)
    return (ordered * case * below).sum(axis=1) / (ordered[:, case].sum(axis=1) * below[:, -1])


def by_logit(auroc: float, variance: float) -> intervals.Interval:
    """Wald's interval on the logit scale (Pepe 2003); a point where the AUROC is 1."""
    if not 0 < auroc < 1:
        return auroc, auroc
    half = norm.ppf(0.975) * np.sqrt(variance) / (auroc * (1 - auroc))
    middle = np.log(auroc / (1 - auroc))
    return float(expit(middle - half)), float(expit(middle + half))


def covered(setting: Setting, draws: int, methods: list[str], names: list[str] | None = None,
            resamples: int = 1000) -> dict[tuple[str, str], float]:
    """Share of draws whose interval holds the truth, by number and method."""
    names, stream = names or ["auroc", "sensitivity", "specificity"], np.random.default_rng(1)
    held = dict.fromkeys([(name, method) for name in names for method in methods], 0)
    for _ in range(draws):
        rows = setting.draw(stream)
        for method in methods:
            limits = found(rows, method, resamples, names)
            for name in names:
                held[name, method] += limits[name][0] - 1e-9 <= setting.truth(name) <= limits[name][1] + 1e-9
    return {key: count / draws for key, count in held.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=TABLES)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--rows", type=int, nargs="*", default=range(len(SETTINGS)), help="which settings, from 0")
    given = parser.parse_args()
    methods = METHODS[given.table]
    heads = ["patients: COVID-19 + Normal", "AUROC", "spread", "number", "truth", *(HEADS[one] for one in methods)]
    print("|", " | ".join(heads), "|")
    print("|---" * (5 + len(methods)) + "|")
    for setting in (SETTINGS[row] for row in given.rows):
        held = covered(setting, given.draws, methods, TABLES[given.table])
        for name in TABLES[given.table]:
            cells = " | ".join(f"{100 * held[name, method]:.1f} %" for method in methods)
            print(f"| {setting.cases} + {setting.controls} | {setting.auroc} | {setting.spread} | {name} | "
                  f"{setting.truth(name):.4f} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
