"""The pipeline's stages, one module each, in the order of dvc.yaml: download, filter, weights, train, evaluate, probe,
audit, report, package."""

import os
import warnings

from xrays import environment

environment.check()
warnings.filterwarnings("ignore", category=FutureWarning, module="torch")  # fastai's import of torch.jit

# Neither these packages nor what they import may load NumPy: it takes its kernels from the environment that `pin` sets.
from xrays import console, params, runtime  # noqa: E402  (they import packages, so the check comes first)

NAME = os.environ.get("DVC_STAGE", "").rpartition(":")[2]  # train@0-0; empty outside `dvc repro`


def begin() -> None:
    """Fix instruction set and threads for what is imported next, tie this process to its DVC, check what it reads."""
    train = params.load().train
    runtime.pin(train.determinism, train.threads)
    from xrays import inputs, lifeline  # not above: pandas comes with them, and NumPy with it
    if NAME and lifeline.hold(NAME):
        inputs.check(NAME)


console.run(begin)
