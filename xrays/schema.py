"""What params.yaml may hold: every key with its type and range, and which keys do not go together."""

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

SHA256 = r"[0-9a-f]{64}"

Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]
Hash = Annotated[str, Field(pattern=f"^({SHA256})?$")]
Share = Annotated[float, Field(ge=0, le=1)]
Shortcut = Literal["age", "marker", "bands", "crop", "jpeg", "intensity", "size"]
# Keys of two types: pydantic gives a message for each type, which together read as two mistakes.
EITHER = {
    "phantom.rho": "preset or a number from 0 to 1",
    "phantom.shortcuts": f"preset or a list of {', '.join(get_args(Shortcut))}",
}


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Data(Section):
    source: Literal["phantom", "kaggle", "archive"]
    sha256: Hash
    patients: Literal["required", "none"]
    patients_sha256: Hash
    external_sha256: Hash
    cases: list[Annotated[str, Field(pattern=f"^{SHA256}$")]]


class Phantom(Section):
    preset: Literal["clean", "hard", "coronahack_like", "reversed"]
    rho: Literal["preset"] | Annotated[float, Field(ge=0, le=1)]
    shortcuts: Literal["preset"] | list[Shortcut]
    external: Literal["none", "elsewhere", "reversed"]
    patients: int = Field(ge=8, le=20_000)
    seed: Seed


class Filter(Section):
    size: int = Field(ge=32, le=512)
    fit: Literal["crop", "squash"]
    max_bad: Share


class Split(Section):
    method: Literal["grouped", "article"]
    folds: int = Field(ge=2, le=20)
    seed: Seed
    min_positive: int = Field(ge=1, le=1000)


class Train(Section):
    folds: list[Annotated[int, Field(ge=0, le=19)]] = Field(min_length=1)
    seeds: list[Seed] = Field(min_length=1)
    arch: Literal["resnet18", "resnet50"]
    weights: str = Field(pattern=f"^(none|imagenet|{SHA256})$")
    normalize: Literal["imagenet", "none"]
    size: int = Field(ge=32, le=512)
    epochs: int = Field(ge=1, le=1000)
    batch: int = Field(ge=2, le=1024)
    lr: float = Field(gt=0, le=1)
    frozen: bool
    augment: bool
    flip: bool
    balance: Literal["none", "sampler"]
    inner_share: float = Field(ge=0.05, le=0.5)
    determinism: Literal["portable", "fast"]
    threads: int = Field(ge=1, le=256)
    device: Literal["cpu", "cuda", "auto"]


class Evaluate(Section):
    threshold: Literal["inner", "half", "target"]
    target_sensitivity: float = Field(ge=0.5, lt=1)
    prevalences: list[Annotated[float, Field(gt=0, lt=1)]] = Field(min_length=1)
    resamples: int = Field(ge=100, le=100_000)
    shown: int = Field(ge=1, le=60)


class Probe(Section):
    permutations: int = Field(ge=1, le=200)


class Params(Section):
    data: Data
    phantom: Phantom
    filter: Filter
    split: Split
    train: Train
    evaluate: Evaluate
    probe: Probe


def conflicts(params: Params) -> list[tuple[tuple[str, str], str]]:
    """Keys that are fine alone but not together."""
    train, split, shortcuts = params.train, params.split, params.phantom.shortcuts
    outside = [fold for fold in train.folds if fold >= split.folds]
    data = params.data
    rules = {
        ("data", "cases"): [
            (len(set(data.cases)) < len(data.cases), "must be without repeats"),
            (bool(data.cases) and data.source == "phantom", "must be [] with data.source: phantom, whose pictures are synthetic"),
        ],
        ("phantom", "shortcuts"): [(len(set(shortcuts)) < len(shortcuts) and shortcuts != "preset",
                                    "must be without repeats")],
        ("train", "folds"): [
            (sorted(set(train.folds)) != train.folds, "must be sorted and without repeats"),
            (bool(outside), f"{outside} not among the folds 0 to {split.folds - 1} of split.folds"),
            (split.method == "article" and train.folds != [0], "must be [0] with split.method: article, whose "
                                                               "fold 0 is its validation part"),
        ],
        ("train", "seeds"): [(sorted(set(train.seeds)) != train.seeds, "must be sorted and without repeats")],
        ("train", "size"): [(train.size > params.filter.size, f"{train.size} is larger than filter.size "
                                                              f"{params.filter.size}")],
        ("train", "device"): [(train.determinism == "portable" and train.device != "cpu",
                               "must be cpu with train.determinism: portable (or set that to fast)")],
    }
    return [(where, text) for where, checks in rules.items() for broken, text in checks if broken]
