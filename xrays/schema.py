"""What params.yaml may hold: every key with its type and range, and which keys do not go together."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

SHA256 = r"[0-9a-f]{64}"

Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]
Hash = Annotated[str, Field(pattern=f"^({SHA256})?$")]
Share = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Data(Section):
    source: Literal["phantom", "kaggle", "archive"]
    sha256: Hash
    patients: Literal["required", "none"]
    patients_sha256: Hash


class Phantom(Section):
    preset: Literal["clean"]
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
    threshold: Literal["inner", "half"]
    shown: int = Field(ge=1, le=60)


class Params(Section):
    data: Data
    phantom: Phantom
    filter: Filter
    split: Split
    train: Train
    evaluate: Evaluate


def conflicts(params: Params) -> list[tuple[tuple[str, str], str]]:
    """Keys that are fine alone but not together."""
    train, split = params.train, params.split
    outside = [fold for fold in train.folds if fold >= split.folds]
    rules = {
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
