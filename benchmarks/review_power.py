"""How often `make review` says better or worse: with no true difference, and with stated ones, beside an oracle.

Example: python -m benchmarks.review_power --scenario phantom (others: --help; five minutes a scenario on a core).
A pair is simulated as a review sees it: patients with one picture or more, both recipes judged on the same pictures and
of two minds about some of them, each model with a quality and an offset of its own (the spread of training) and a noise
of its own in each picture; with one seed a side, a noise file from five further trainings of the base recipe. The oracle
tests with the true standard deviation of each difference, taken over all pairs of its row. `same seeds` is the best that
anyone can do who must learn the spread of training from that many seeds: the true share of the patients, and for the
training's a chi-square of folds x (seeds - 1) degrees of freedom. Both are corrected for seven metrics as the review is,
by the joint minimum p, with the true correlation: that of the differences of their row. Prints Markdown.
"""

import argparse
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from scipy.special import expit
from scipy.stats import norm, t

from xrays import runtime
from xrays.review import measures, multiplicity, pairing, statistics, training, verdicts
from xrays.review.pairing import Paired, Side
from xrays.review.spread import Spread

RESAMPLES = 250  # a variance from 250 draws is good to 9 %
NOISE_SEEDS = 5
SHOWN = ("auroc", "sensitivity", "balanced_accuracy", "brier")


@dataclass(frozen=True)
class Scenario:
    """Who is examined and how unsteady training is; logits are in units of the noise within a picture."""

    positives: int  # patients
    negatives: int
    separation: float  # distance of the classes
    quality: float  # standard deviation between models of that distance
    offset: float  # standard deviation between models of where they put their zero
    seeds: int = 1  # on each side; with one, a noise file of five seeds is at hand
    folds: int = 3
    disagreement: float = 0.7  # standard deviation of what the head thinks otherwise of a picture, whatever the seed
    # How many times as far the head's models stray. Not in the repr, which seeds the draws: other scenarios keep theirs.
    unsteadier: float = field(default=1.0, repr=False)

    @property
    def freedom(self) -> int:
        """Degrees of freedom that the seeds at hand give for the spread of training."""
        return self.folds * ((NOISE_SEEDS - 1) if self.seeds == 1 else 2 * (self.seeds - 1))


SCENARIOS = {
    "phantom": Scenario(165, 275, 2.8, 0.15, 0.15),
    "unsteady": Scenario(165, 275, 2.8, 0.40, 0.40),
    "steady": Scenario(165, 275, 2.8, 0.05, 0.05),
    "unsteady-head": Scenario(165, 275, 2.8, 0.15, 0.15, unsteadier=2.0),
    "few": Scenario(38, 200, 2.8, 0.15, 0.15),
    "nearly-perfect": Scenario(38, 600, 6.5, 0.25, 0.25, folds=5),
    "three-seeds": Scenario(165, 275, 2.8, 0.25, 0.25, seeds=3),
    "five-seeds": Scenario(165, 275, 2.8, 0.25, 0.25, seeds=5),
    "few-five-seeds": Scenario(54, 288, 2.8, 0.25, 0.25, seeds=5, folds=5),
}
EFFECTS = (0.0, 0.15, 0.3, 0.5)  # added to the head's separation


class World:
    """One draw of patients; asks trainings of recipes about their pictures."""

    def __init__(self, scenario: Scenario, random: np.random.Generator):
        self.scenario, self.random = scenario, random
        patients = scenario.positives + scenario.negatives
        self.patient = np.repeat(np.arange(patients), 1 + random.poisson(0.5, patients))
        self.positive = self.patient < scenario.positives
        self.fold = random.integers(scenario.folds, size=patients)[self.patient]
        self.shared = random.normal(0, 0.7, patients)[self.patient] + random.normal(0, 0.7, len(self.patient))
        self.disagreement = random.normal(0, scenario.disagreement / 2**0.5, (2, len(self.patient)))

    def side(self, recipe: int, separation: float, seeds: int) -> Side:
        """Trainings of the base (0) or the head (1), asked about every picture by the model that held its fold out."""
        given, random, n = self.scenario, self.random, len(self.patient)
        times = given.unsteadier if recipe else 1.0
        quality = separation + random.normal(0, times * given.quality, (given.folds, seeds))[self.fold]
        offset = random.normal(0, times * given.offset, (given.folds, seeds))[self.fold]
        logit = (quality * (self.positive[:, None] - 0.5) + offset + (self.shared + self.disagreement[recipe])[:, None]
                 + random.normal(0, 0.6, (n, seeds)))
        return Side(expit(logit), logit >= 0, tuple(range(seeds)))

    def paired(self, base: Side, head: Side) -> Paired:
        return Paired(np.arange(len(self.patient)).astype(str), self.positive, self.patient, self.fold, base, head)


@dataclass(frozen=True)
class Result:
    """One pair: metric → difference; the training's share of its variance, from a second training of
    either side; what the review says."""

    changes: dict[str, float]
    training: dict[str, float]
    decided: dict[str, str]


def simulate(scenario: Scenario, effect: float, number: int) -> Result:
    world = World(scenario, np.random.default_rng(runtime.seed_of("review_power", scenario, number)))
    (base, base_again), (head, head_again) = (
        [world.side(recipe, scenario.separation + recipe * effect, scenario.seeds) for _ in range(2)] for recipe in (0, 1))
    paired, measured = world.paired(base, head), {}
    if scenario.seeds == 1:
        measured["base"] = noise(world)
    found = statistics.differences(paired, measured, RESAMPLES)
    old, new = (pairing.plain(paired, side) for side in (base_again, head_again))
    return Result({name: one.change for name, one in found.items()},
                  {name: ((one.base - old[name]) ** 2 + (one.head - new[name]) ** 2) / 2 for name, one in found.items()},
                  {one.metric: one.verdict for one in verdicts.decide(found)})


def noise(world: World) -> dict[str, Spread]:
    """What `make noise` would have written for the base recipe, on the same patients."""
    further = world.side(0, world.scenario.separation, NOISE_SEEDS)
    paired = world.paired(further, further)
    drawn = pairing.values(paired, further, statistics.draws(paired, RESAMPLES))
    return training.spreads(paired, further, drawn)


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
