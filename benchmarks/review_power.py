"""How often `make review` says better or worse: with no true difference, and with stated ones, beside an oracle.

Example: OMP_NUM_THREADS=1 python -m benchmarks.review_power --scenario phantom (others: --help; seven minutes a scenario).
The pairs are those of benchmarks/simulated_pairs.py. The oracle tests with the true standard deviation of each difference,
taken over all pairs of its row. `same seeds` is the best that anyone can do who must learn the spread of training from
that many seeds: the true share of the patients, and for the training's a chi-square of folds x (seeds - 1) degrees of
freedom. Both are corrected for seven metrics as the review is, by the joint minimum p, with the true correlation: that of
the differences of their row. Prints Markdown.
"""

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
from scipy.stats import norm, t

from benchmarks.simulated_pairs import SCENARIOS, Result, Scenario, simulate
from xrays import runtime
from xrays.review import measures, multiplicity, verdicts

SHOWN = ("auroc", "sensitivity", "balanced_accuracy", "brier")
EFFECTS = (0.0, 0.15, 0.3, 0.5)  # added to the head's separation


def known(change: np.ndarray) -> np.ndarray:
    """p of each pair's difference by a test that knows its true standard deviation."""
    return 2 * norm.sf(np.abs(change) / change.std(ddof=1))


def same_seeds(change: np.ndarray, training: float, freedom: int, luck: np.ndarray) -> np.ndarray:
    """p by a test that knows all but the training's share of the variance, and that from `freedom` perfect numbers.

    luck: of each pair, a chi-square of that many; one for all metrics, which are learnt from the same models.
    """
    patients = max(0.0, change.var(ddof=1) - training)
    learnt = training * luck / freedom
    variance = patients + learnt
    return 2 * t.sf(np.abs(change) / np.sqrt(variance), freedom * (variance / learnt) ** 2)


def rejects(p: dict[str, np.ndarray], chance: np.ndarray) -> dict[str, np.ndarray]:
    """Metric → which pairs are called, corrected over the metrics of a pair. chance: multiplicity.by_chance of a row."""
    pairs = len(next(iter(p.values())))
    corrected = [multiplicity.step_down({name: p[name][number] for name in p}, chance) for number in range(pairs)]
    return {name: np.array([one[name] <= verdicts.ALPHA for one in corrected]) for name in p}


def row(scenario: Scenario, effect: float, results: list[Result]) -> str:
    """A line of the table: mean differences; share of pairs in which anything is called, and each of four metrics."""
    changes = {name: np.array([one.changes[name] for one in results]) for name in measures.DIRECTION}
    share = {name: np.mean([one.training[name] for one in results]) for name in measures.DIRECTION}
    luck = np.random.default_rng(runtime.seed_of("same seeds")).chisquare(scenario.freedom, len(results))
    chance = multiplicity.by_chance(np.stack(list(changes.values()), axis=1))
    tests = [{name: np.array([one.decided[name] in (verdicts.BETTER, verdicts.WORSE) for one in results])
              for name in measures.DIRECTION},
             rejects({name: same_seeds(changes[name], share[name], scenario.freedom, luck) for name in changes}, chance),
             rejects({name: known(changes[name]) for name in changes}, chance)]
    cells = [f"{effect:g}", f"{changes['auroc'].mean():+.4f}", f"{changes['balanced_accuracy'].mean():+.4f}",
             f"{share['auroc'] / changes['auroc'].var():.0%}"]
    cells += [" / ".join(f"{np.any(list(test.values()), axis=0).mean():.1%}" for test in tests)]
    cells += [" / ".join(f"{test[name].mean():.1%}" for test in tests) for name in SHOWN]
    return f"| {' | '.join(cells)} |"


def simulated(scenario: Scenario, effect: float, pairs: int, kept: Path | None, until: float) -> list[Result]:
    """Results of pairs 0 … pairs - 1; those in the file `kept` are not simulated again. Exits when the time is up."""
    lines = kept.read_text(encoding="utf-8").splitlines() if kept and kept.exists() else []
    results = [Result(**json.loads(line)) for line in lines[:pairs]]
    for number in range(len(results), pairs):
        if time.monotonic() > until:
            sys.exit(f"{number} of {pairs} pairs kept: run the same command again")
        results.append(simulate(scenario, effect, number))
        if kept:
            with kept.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(results[-1])) + "\n")
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", choices=SCENARIOS, default="phantom")
    parser.add_argument("--effects", type=float, nargs="+", default=EFFECTS)
    parser.add_argument("--pairs", type=int, default=1000)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep each pair there, and go on from those that are")
    parser.add_argument("--minutes", type=float, default=1e6, help="stop after that many; go on with --keep")
    given, until = parser.parse_args(), time.monotonic()
    until += 60 * given.minutes
    scenario = SCENARIOS[given.scenario]
    print(f"{given.scenario}: {asdict(scenario)}, {given.pairs} pairs a line\n")
    print("Each cell: this review / same seeds / oracle\n")
    print("| added | AUROC | balanced accuracy | training's share | anything called | " + " | ".join(
        f"{verdicts.shown(name)} called" for name in SHOWN) + " |")
    print("|---" * (5 + len(SHOWN)) + "|")
    for effect in given.effects:
        kept = given.keep / f"{given.scenario}-{effect:g}.jsonl" if given.keep else None
        print(row(scenario, effect, simulated(scenario, effect, given.pairs, kept, until)), flush=True)


if __name__ == "__main__":
    main()
