"""make coronahack: the whole job on the real pictures; settings and hashes go into params.yaml, then as make repro.

Example: make coronahack ARCHIVE=~/coronahack-chest-xraydataset.zip PATIENTS=~/patients.csv WEIGHTS=none
Without ARCHIVE the pictures come from Kaggle, version 3, and the patients from ieee8023's table; no account is needed.
"""

import argparse
from pathlib import Path

from commands import external, repro
from xrays import console, params, store

# 128 pixels and eight epochs as in the article, so that neither was chosen on a picture that some fold is judged by; five
# folds, because 39 patients give a single hold-out about 8.
# Every key of filter, split and train that makes the recipe is named, so that no earlier experiment shines through.
REAL = {
    "filter.size": 128, "filter.fit": "crop", "filter.max_bad": 0.05,
    "split.method": "grouped", "split.folds": 5, "split.seed": 0, "split.min_positive": 5,
    "train.folds": [0, 1, 2, 3, 4], "train.seeds": [0], "train.arch": "resnet50", "train.normalize": "imagenet",
    "train.size": 128, "train.epochs": 8, "train.batch": 32, "train.lr": 0.003, "train.frozen": False,
    "train.augment": True, "train.flip": True, "train.balance": "sampler", "train.inner_share": 0.15,
    "evaluate.threshold": "inner",
}

OPTIONS = {
    "archive": {"help": "zip of the Kaggle data set, downloaded by hand (default: from Kaggle)"},
    "patients": {"help": "CSV of patients for ARCHIVE, or none: pictures of one patient then land in several folds"},
    "weights": {"default": "imagenet", "help": "none, imagenet (the default, as the article) or a file"},
    "external": {"help": "another hospital's pictures to judge the models by: a folder or a CSV (as `make external`)"},
}


def sources(given: argparse.Namespace, now: params.Data) -> dict[str, str]:
    """The data section: what is taken in, by hash."""
    if given.archive and not given.patients:
        raise console.BadInput("ARCHIVE needs PATIENTS=csv, the table that says whose pictures are whose, or "
                               "PATIENTS=none: 49 % of the COVID-19 test pictures would then share a patient with training")
    if not given.archive and given.patients not in (None, "none"):
        raise console.BadInput("PATIENTS=csv goes with ARCHIVE=zip: from Kaggle the patients come from ieee8023's table")
    if not given.archive:
        same = now.source == "kaggle"
        return {"data.source": "kaggle", "data.sha256": now.sha256 if same else "", "data.patients":
                "none" if given.patients == "none" else "required",
                "data.patients_sha256": now.patients_sha256 if same else ""}
    if given.patients == "none":
        patients = {"data.patients": "none", "data.patients_sha256": ""}
    else:
        patients = {"data.patients": "required", "data.patients_sha256": store.take_in(Path(given.patients).expanduser())}
    return {"data.source": "archive", "data.sha256": store.take_in(Path(given.archive).expanduser()), **patients}


def initial_weights(given: str) -> str:
    return given if given in ("none", "imagenet") else store.take_in(Path(given).expanduser())


def main() -> None:
    given = console.arguments("make coronahack", __doc__, **OPTIONS)
    changes = sources(given, params.load().data) | {"train.weights": initial_weights(given.weights)}
    abroad = external.taken_in(given.external) if given.external else {}
    params.save(changes | abroad | REAL)
    print("params.yaml now holds the settings for the real pictures: see `git diff params.yaml`; keep them on a "
          "branch of their own, for example `git switch -c coronahack`")
    repro.reproduce()


if __name__ == "__main__":
    console.run(main)
