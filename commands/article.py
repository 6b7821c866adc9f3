"""make article: write the article's settings into params.yaml and run them on the present data source.

Example: make article (ImageNet's weights need a network once), or make article WEIGHTS=none
The article (March 2020): fastai v1, ResNet50 with ImageNet's weights, get_transforms(), size 128, batch 10,
fit_one_cycle(8, 1e-2), the head only, no normalisation, threshold 0.5, one shuffled hold-out without patients.
What still differs: fastai v2's head and schedule, a fused AdamW, and the inner part that is never trained on.
"""

from commands import coronahack, repro
from xrays import console, params

ARTICLE = {
    "filter.size": 128, "filter.fit": "crop", "split.method": "article", "train.folds": [0], "train.seeds": [0],
    "train.arch": "resnet50", "train.normalize": "none", "train.size": 128, "train.epochs": 8, "train.batch": 10,
    "train.lr": 0.01, "train.frozen": True, "train.augment": True, "train.flip": True, "train.balance": "none",
    "evaluate.threshold": "half",
}


def main() -> None:
    given = console.arguments("make article", __doc__, weights={
        "default": "imagenet", "help": "imagenet (the article's, the default), none or a file"})
    weights = coronahack.initial_weights(given.weights)
    params.save(ARTICLE | {"train.weights": weights})
    print("params.yaml now holds the article's settings: see `git diff params.yaml`; `git checkout params.yaml` "
          "takes you back")
    repro.reproduce()


if __name__ == "__main__":
    console.run(main)
