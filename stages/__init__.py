"""The pipeline's stages, one module each, in the order of dvc.yaml: download, filter, weights, train, evaluate, package."""

import warnings

from xrays import environment

environment.check()
warnings.filterwarnings("ignore", category=FutureWarning, module="torch")  # fastai's import of torch.jit

from xrays import console, params, runtime  # noqa: E402  (they import packages, so the check comes first)


def pin() -> None:
    """Fix instruction set and threads for whatever this process imports next."""
    train = params.load().train
    runtime.pin(train.determinism, train.threads)


console.run(pin)
