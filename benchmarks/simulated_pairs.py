"""Pairs of recipes whose truth is known, as a review sees them: benchmarks/review_power.py counts what it says of them.

Patients with one picture or more; both recipes are judged on the same pictures and of two minds about some of them; each
model has a quality and an offset of its own (the spread of training) and a noise of its own in each picture. With one
seed a side, a noise file from five further trainings of the base recipe is at hand.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.special import expit

from xrays import runtime
from xrays.review import pairing, statistics, training, verdicts
from xrays.review.pairing import Paired, Side
from xrays.review.spread import Spread

RESAMPLES = 250  # a variance from 250 draws is good to 9 %
NOISE_SEEDS = 5


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
