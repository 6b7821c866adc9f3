"""Checkpoints of one training run: a killed one goes on where it was, and ends in the same bytes as one never killed.

They lie beside DVC's cache, which the temporary work trees of experiments share, in a folder named by the hash of
everything the stage depends on: a changed param never resumes the wrong run. A file's name holds its own hash, so what
was cut off or damaged is never taken for a good one, and a full disk leaves the one before. Plain tensors, no pickle.
"""

import fcntl
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import torch
from fastai.callback.core import Callback, CancelEpochException
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from xrays import files
from xrays.models import METADATA
from xrays.training import Curves

NAME = re.compile(r"epoch-(\d+)\.([0-9a-f]{64})\.safetensors")
SHARE = 0.03  # of the time that writing may take; a ResNet50's 300 MB take about a second


@contextmanager
def alone(folder: Path) -> Iterator[Path | None]:
    """The folder of one run's checkpoints, ours alone while the context lasts, and removed when it ends well.

    None where another process trains the same model now: then this one keeps no checkpoints.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another run trains this same model now: going on without checkpoints", flush=True)
            yield None
            return
        yield folder
        shutil.rmtree(folder, ignore_errors=True)  # one who waits to train the same may write there


class Resumable(Callback):
    """Write a checkpoint after an epoch, and start from the newest one; folder: as `alone` gives it.

    Each epoch is seeded by its number (training.EpochSeed) and the schedule is computed from it, so weights, buffers,
    the optimiser's state and the curves so far are the whole state.
    """

    order = 80  # after ChannelsLast has laid out the weights, and after Curves has its row

    def __init__(self, folder: Path | None, curves: Curves):
        super().__init__()
        self.folder, self.curves = folder, curves
        self.done, self.cost, self.written = 0, 0.0, 0.0

    def before_fit(self):
        fits = partial(restorable, self.learn.model, self.opt.opt)
        if found := self.folder and newest(self.folder, fits):
            self.done, tensors, self.curves.rows[:] = found
            restore(self.learn.model, self.opt.opt, tensors)
            print(f"{self.curves.title}: resumed at epoch {self.done + 1} of {self.n_epoch}", flush=True)

    def before_epoch(self):
        if self.epoch < self.done:
            raise CancelEpochException

    def after_epoch(self):
        fresh, last = self.epoch >= self.done, self.epoch + 1 == self.n_epoch
        if self.folder and fresh and not last and time.monotonic() - self.written >= self.cost / SHARE:
            begun = time.monotonic()
            try:
                write(self.folder, self.epoch + 1, state(self.learn.model, self.opt.opt), self.curves.rows)
            except (OSError, SafetensorError) as error:
                print(f"{self.curves.title}: no checkpoint after epoch {self.epoch + 1} ({error}): going on", flush=True)
            self.written = time.monotonic()
            self.cost = self.written - begun


def state(model: torch.nn.Module, optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Weights and buffers under `model/`, what the optimiser remembers of its n-th parameter under `optimiser/n/`."""
    tensors = {f"model/{name}": value for name, value in model.state_dict().items()}
    for number, parameter in enumerate(_parameters(optimiser)):
        tensors |= {f"optimiser/{number}/{name}": value for name, value in optimiser.state[parameter].items()}
    return {name: value.detach().cpu().contiguous() for name, value in tensors.items()}


def restorable(model: torch.nn.Module, optimiser: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> bool:
    """Whether a state is this model's, name by name and shape by shape, and of no more parameters than it has."""
    shapes = {name: value.shape for name, value in tensors.items() if not name.startswith("optimiser/")}
    numbers = {name.split("/")[1] for name in tensors.keys() - shapes.keys()}
    return (shapes == {f"model/{name}": value.shape for name, value in model.state_dict().items()}
            and numbers <= {str(number) for number in range(len(_parameters(optimiser)))})


def restore(model: torch.nn.Module, optimiser: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Put a state back, each tensor in the memory layout that it would have had."""
    parts = [(name.split("/", 1), value) for name, value in tensors.items()]
    model.load_state_dict({name: value for (part, name), value in parts if part == "model"})
    parameters = _parameters(optimiser)
    for (part, name), value in parts:
        if part == "optimiser":
            number, _, remembered = name.partition("/")
            parameter = parameters[int(number)]
            # A fused step walks through memory, not through indices: the layout must be the parameter's.
            target = torch.empty_like(parameter) if value.shape == parameter.shape else torch.empty_like(value)
            optimiser.state[parameter][remembered] = target.copy_(value)


def _parameters(optimiser: torch.optim.Optimizer) -> list[Tensor]:
    return [parameter for group in optimiser.param_groups for parameter in group["params"]]


def write(folder: Path, epochs: int, tensors: dict[str, Tensor], curves: list[dict]) -> None:
    """Add the state after so many epochs, then drop the older ones."""
    unfinished = folder / "checkpoint.unfinished"
    try:
        save_file(tensors, unfinished, metadata={METADATA: json.dumps(curves)})
        os.replace(unfinished, folder / f"epoch-{epochs:04d}.{files.sha256(unfinished)}.safetensors")
    finally:
        unfinished.unlink(missing_ok=True)
    for older, _, _ in _written(folder)[1:]:
        older.unlink()


def newest(folder: Path, fits: Callable[[dict[str, Tensor]], bool]) -> tuple[int, dict[str, Tensor], list[dict]] | None:
    """Epochs done, tensors and curves of the newest whole checkpoint; a damaged one is deleted with a notice.

    fits: whether tensors are those of the model in training; a whole checkpoint of another one is as good as damaged.
    """
    for path, epochs, digest in _written(folder):
        try:
            if files.sha256(path) == digest:
                with safe_open(path, framework="pt") as file:
                    curves = json.loads(file.metadata()[METADATA])
                    tensors = {name: file.get_tensor(name) for name in file.keys()}
                if fits(tensors):
                    return epochs, tensors, curves
        except (SafetensorError, KeyError, TypeError, ValueError):
            pass  # a right hash over what is no checkpoint: somebody put it there
        print(f"the checkpoint after epoch {epochs} is damaged: ignored", flush=True)
        path.unlink()
    return None


def _written(folder: Path) -> list[tuple[Path, int, str]]:
    """Path, epochs done and promised hash of each checkpoint, the newest first; other files are nobody's business."""
    found = [(path, NAME.fullmatch(path.name)) for path in folder.iterdir()]
    return sorted(((path, int(match[1]), match[2]) for path, match in found if match), key=lambda one: -one[1])
