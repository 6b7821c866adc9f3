"""The pipeline's stages, one module each, in the order of dvc.yaml: download, filter, weights, train, evaluate, probe,
audit, report, package."""

import os
import warnings

from xrays import environment

environment.check()
warnings.filterwarnings("ignore", category=FutureWarning, module="torch")  # fastai's import of torch.jit

from xrays import console, inputs, lifeline, params, runtime  # noqa: E402  (they import packages, so the check comes first)

NAME = os.environ.get("DVC_STAGE", "").rpartition(":")[2]  # train@0-0; empty outside `dvc repro`


def begin() -> None:
    """Tie this process to its DVC, fix instruction set and threads for what it imports next, check what it reads."""
    train = params.load().train
    runtime.pin(train.determinism, train.threads)
    if NAME and lifeline.hold(NAME):
        inputs.check(NAME)


console.run(begin)
