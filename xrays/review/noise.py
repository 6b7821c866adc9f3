"""metrics/noise.json: the spread of training, measured once for a recipe by `make noise`, and which recipe it fits."""

import hashlib
import json
import math

from xrays.console import BadInput
from xrays.review import measures, pairing, statistics, training
from xrays.review.pairing import Paired
from xrays.review.revisions import Revision
from xrays.review.spread import Spread

PATH = "metrics/noise.json"


def recipe(revision: Revision) -> str | None:
    """SHA-256 of all that a training depends on except its seed: code, params, data, folds, and how thresholds are chosen.

    None where the lock holds no training.
    """
    trained = {name: entry for name, entry in revision.stages.items() if name.startswith("train@")}
    if not trained:
        return None
    entry = trained[sorted(trained)[0]]
    parts = [{dep["path"]: dep.get("md5", "") for dep in entry["deps"]}, entry["params"], folds(revision), _judges(revision)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def folds(revision: Revision) -> list[str]:
    """The held-out folds of the models in the lock, sorted as text."""
    return sorted({name.removeprefix("train@").partition("-")[0] for name in revision.stages if name.startswith("train@")})


def _judges(revision: Revision) -> list[object]:
    """How thresholds are chosen, as evaluate's entry in the lock has it: it moves sensitivity without a training."""
    values = revision.stages.get("evaluate", {}).get("params", {}).get("params.yaml", {})
    flat = values | {f"evaluate.{key}": value for key, value in (values.get("evaluate") or {}).items()}
    rule = flat.get("evaluate.threshold")
    return [rule, flat.get("evaluate.target_sensitivity") if rule == "target" else None]


def read(base: Revision, head: Revision, paired: Paired) -> tuple[dict[str, dict[str, Spread]], str]:
    """The spread for each side whose recipe was measured ("base", "head"), and a sentence on what was found.

    Of two files for one recipe the base's counts, so that no branch replaces the spread that it is judged by. And a file
    counts only where all folds of its recipe are paired: the mean of three models has a third of the variance of one.
    """
    files = {file["recipe"]: file for side in (head, base) if (file := written(side))}
    known = {wanted: spreads(file) for wanted, file in files.items()}  # one object a recipe: both sides may share it
    judged = sorted(set(map(str, paired.fold)))
    measured, said = {}, []
    for side, revision in (("base", base), ("head", head)):
        wanted, trained = recipe(revision), folds(revision)
        if wanted not in known:
            continue
        said.append(f"{PATH} holds the spread of {revision.name}'s recipe ({files[wanted]['seeds']:.0f} seeds)")
        if trained == judged:
            measured[side] = known[wanted]
        else:
            said[-1] += (f" on folds {', '.join(trained)}, but both sides judged only {', '.join(judged)}: train the same "
                         "folds on both")
    if files and not said:
        said.append(f"{PATH} was measured for another recipe than either side's")
    return measured, "; ".join(said)


def written(revision: Revision) -> dict:
    """Its noise file; nothing where it has none. Raises BadInput for one that lacks a number."""
    file = revision.json(PATH)
    needed = ["seeds", *(f"{name}_{what}" for name in measures.DIRECTION
                         for what in ("mean", "seed_sd", "interaction_sd", "freedom"))]
    lacking = [name for name in needed if not isinstance(file.get(name), int | float) or not math.isfinite(file[name])]
    if file and (lacking or not isinstance(file.get("recipe"), str)):
        raise BadInput(f"{PATH} of {revision.name} has no {(lacking or ['recipe'])[0]} that a review can read: take the file "
                       "back from Git, or run `make noise` there")
    return file


def spreads(file: dict) -> dict[str, Spread]:
    return {name: Spread(file[f"{name}_seed_sd"] ** 2, file[f"{name}_interaction_sd"] ** 2, file[f"{name}_freedom"],
                         file[f"{name}_mean"]) for name in measures.DIRECTION}


def measure(revision: Revision) -> dict[str, float | str]:
    """What goes into the file, from a revision that was trained with several seeds."""
    table = revision.predictions
    paired = pairing.pair(table, table, pairing.common(table, table))
    drawn = pairing.values(paired, paired.base, statistics.draws(paired, statistics.RESAMPLES))
    found: dict[str, float | str] = {"recipe": recipe(revision) or "", "seeds": float(len(paired.base.seeds)),
                                     "patients": float(paired.patients), "pictures": float(len(paired))}
    for name, spread in training.spreads(paired, paired.base, drawn).items():
        found |= {f"{name}_mean": spread.at, f"{name}_seed_sd": spread.raw**0.5,
                  f"{name}_interaction_sd": spread.interaction**0.5, f"{name}_freedom": spread.freedom}
    return found
