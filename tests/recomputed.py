"""Every published number once more, by its definition or by SciPy and statsmodels; nothing here imports xrays.

truth and called (n): 1 for COVID-19, 0 for Normal; score (n): a probability of COVID-19.
"""

import numpy as np
import statsmodels.api as sm
from scipy.optimize import minimize
from scipy.stats import mannwhitneyu

COLUMNS = {"": "probability", "calibrated_": "calibrated"}
COUNTS = ["tp", "fn", "fp", "tn"]
BINS, DRAWS = 10, 2000


def of_the_calls(truth, called):
    tp, fn, fp, tn = (float(np.sum((truth == one) & (called == other))) for one in (1, 0) for other in (1, 0))
    sensitivity, specificity = tp / (tp + fn), tn / (tn + fp)
    return {"tp": tp, "fn": fn, "fp": fp, "tn": tn, "sensitivity": sensitivity, "specificity": specificity,
            "accuracy": (tp + tn) / len(truth), "balanced_accuracy": (sensitivity + specificity) / 2,
            "precision": tp / (tp + fp), "f1": tp / (tp + (fp + fn) / 2), "mcc": np.corrcoef(truth, called)[0, 1]}


def auroc(truth, score):
    cases, controls = score[truth == 1], score[truth == 0]
    return mannwhitneyu(cases, controls, method="asymptotic").statistic / (len(cases) * len(controls))


def average_precision(truth, score):
    """The mean over COVID-19 pictures of the precision among all that score at least as high."""
    cases = np.sort(score[truth == 1])
    found = len(cases) - np.searchsorted(cases, cases)
    return np.mean(found / (len(score) - np.searchsorted(np.sort(score), cases)))


def losses(truth, score):
    safe = np.clip(score, 1e-9, 1 - 1e-9)
    return {"brier": np.mean((score - truth) ** 2), "log_loss": -np.mean(np.log(np.where(truth == 1, safe, 1 - safe)))}


def crowd(sensitivity, specificity, share):
    """Bayes' rule where a share is ill."""
    ill, well = np.array([sensitivity, 1 - sensitivity]) * share, np.array([1 - specificity, specificity]) * (1 - share)
    right = {"precision": ill[0] / (ill[0] + well[0]), "npv": well[1] / (ill[1] + well[1])}
    return {f"{name}_at_prevalence_{share:g}".replace(".", "_"): value for name, value in right.items()}


def bins(score):
    """The tenth of the pictures that each lies in; equal scores lie together."""
    ordered = np.sort(score)
    middle = (np.searchsorted(ordered, score) + np.searchsorted(ordered, score, side="right")) / 2
    return np.minimum(middle * BINS // len(score), BINS - 1)


def reliability(truth, score):
    logit = np.log(score) - np.log1p(-score)
    joint = sm.Logit(truth, sm.add_constant(logit)).fit(disp=0)
    large = sm.GLM(truth, np.ones(len(truth)), family=sm.families.Binomial(), offset=logit).fit()
    gaps = [abs(np.sum((score - truth)[bins(score) == one])) for one in range(BINS)]
    return {"brier_skill": 1 - losses(truth, score)["brier"] / truth.var(), "ece": sum(gaps) / len(truth),
            "calibration_slope": joint.params[1], "calibration_intercept": large.params[0]}


def headline(truth, called, scores, shares, reached=None):
    """The numbers that have an interval, and counts; scores: prefix of COLUMNS to probabilities; reached (n): calls at the
    threshold for the target."""
    found = of_the_calls(truth, called)
    if reached is not None:
        found |= {f"{name}_at_target": np.mean(reached[truth == one] == one)
                  for name, one in (("sensitivity", 1), ("specificity", 0))}
    found |= {"auroc": auroc(truth, scores[""]), "average_precision": average_precision(truth, scores[""])}
    for prefix, score in scores.items():
        found |= {f"{prefix}{name}": value for name, value in losses(truth, score).items()}
    for share in shares:
        found |= crowd(found["sensitivity"], found["specificity"], share)
    return found


def arrays(rows):
    """truth, called, each column of probabilities that there is, and calls at the threshold for the target."""
    scores = {prefix: rows[column].to_numpy() for prefix, column in COLUMNS.items() if column in rows}
    reached = (rows["probability"] >= rows["target_threshold"]).to_numpy(float) if "target_threshold" in rows else None
    return *((rows[name] == "COVID-19").to_numpy(float) for name in ("label", "predicted")), scores, reached


def points(predictions, shares):
    """Every number without an interval's ends: the mean over seeds and, of several, their standard deviation."""
    seeds = []
    for _, rows in predictions.groupby("seed"):
        truth, called, scores, reached = arrays(rows)
        seeds.append(headline(truth, called, scores, shares, reached) | {"null_accuracy": np.mean(truth == 0)} | {
            f"{prefix}{name}": value for prefix, score in scores.items()
            for name, value in reliability(truth, score).items()})
    found = {name: np.mean([one[name] for one in seeds]) for name in seeds[0]}
    if len(seeds) > 1:
        found |= {f"{name}_seed_sd": np.std([one[name] for one in seeds], ddof=1) for name in found}
    return found


def intervals(predictions, shares, seed=20):
    """(2.5 %, 97.5 %) of each headline number over DRAWS draws of patients, of each class as many as there are."""
    stream, table = np.random.default_rng(seed), predictions.sort_values(["seed", "image"], ignore_index=True)
    parts = [arrays(rows) for _, rows in table.groupby("seed")]
    first = table[table["seed"] == table["seed"].min()].reset_index(drop=True)
    classes = [[rows.index.to_numpy() for _, rows in part.groupby("group")] for _, part in first.groupby("label")]
    drawn = []
    for _ in range(DRAWS):
        chosen = np.concatenate([part[one] for part in classes for one in stream.integers(len(part), size=len(part))])
        seeds = [headline(truth[chosen], called[chosen], {prefix: score[chosen] for prefix, score in scores.items()},
                          shares, None if reached is None else reached[chosen]) for truth, called, scores, reached in parts]
        drawn.append({name: np.mean([one[name] for one in seeds]) for name in seeds[0] if name not in COUNTS})
    return {name: np.quantile([one[name] for one in drawn], (0.025, 0.975)) for name in drawn[0]}


def threshold(truth, score, goal, wanted):
    """The cut that evaluate.threshold describes, every cut tried: half-way between neighbours, below all, above all."""
    values = np.unique(score)
    cuts = [values[0], *np.round((values[1:] + values[:-1]) / 2, 9), values[-1] + 1e-9]
    rates = np.array([[np.mean(score[truth == 1] >= cut), np.mean(score[truth == 0] < cut)] for cut in cuts])
    if goal == "half":
        return 0.5
    if goal == "inner":
        best = np.flatnonzero(np.isclose(rates.mean(axis=1), rates.mean(axis=1).max()))
        return cuts[best[len(best) // 2]]
    reached = rates[:, 0] >= wanted - 1e-12
    return cuts[np.flatnonzero(reached & np.isclose(rates[:, 1], rates[reached, 1].max()))[0]]


def temperature(truth, logit):
    """The best divisor of the logits by log-loss, with Platt's targets."""
    cases, controls = np.sum(truth == 1), np.sum(truth == 0)
    target = np.where(truth == 1, (cases + 1) / (cases + 2), 1 / (controls + 2))

    def loss(given):
        said = 1 / (1 + np.exp(-logit / np.exp(given[0])))
        return -np.sum(target * np.log(said) + (1 - target) * np.log(1 - said))

    found = minimize(loss, [0.0], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-12})
    return float(np.clip(np.exp(found.x[0]), 0.05, 20))
