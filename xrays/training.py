"""One model's training with fastai: batches cut from one uint8 tensor, augmented as a whole, with a seed an epoch.

Against the usual full-size files and two workers this runs twice as fast (12.6 to 26.6 pictures a second at 128 pixels
on two cores), and the order of the pictures no longer depends on how many workers there are.
"""

import ctypes
import math
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import numpy as np
import torch
from fastai.callback.channelslast import ChannelsLast
from fastai.callback.core import Callback
from fastai.callback.schedule import fit_one_cycle  # noqa: F401  (fastai adds it to Learner on import)
from fastai.data.core import DataLoaders
from fastai.data.load import DataLoader
from fastai.learner import Learner
from fastai.losses import CrossEntropyLossFlat
from fastai.optimizer import OptimWrapper
from fastai.torch_core import TensorCategory, TensorImage
from fastai.vision.augment import aug_transforms
from fastai.vision.learner import model_meta
from fasttransform import Pipeline
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from tqdm import tqdm

from xrays import classifier, strided
from xrays.console import BadInput
from xrays.params import Train
from xrays.runtime import seed_of


class Batches(DataLoader):
    """Cuts (pictures, labels) out of two tensors a batch at a time: no Python runs for a single picture.

    pictures: uint8 (n, s, s); labels: int64 (n,). With balance each batch draws both classes equally often, with
    replacement: with 54 positives among 1,600 a plain batch of 32 holds one.
    """

    def __init__(self, pictures: Tensor, labels: Tensor, balance: bool = False, **settings):
        super().__init__(dataset=pictures, num_workers=0, **settings)
        self.labels = labels
        share = torch.bincount(labels).float()[labels]
        self.weights = (1 / share).tolist() if balance else None

    def get_idxs(self) -> list[int]:
        if self.weights is None:
            return super().get_idxs()
        return self.rng.choices(range(self.n), self.weights, k=self.n)

    def create_batches(self, samples):
        index = torch.tensor(list(samples))
        for batch in index.split(self.bs):
            if len(batch) == self.bs or not self.drop_last:
                yield TensorImage(self.dataset[batch][:, None].float() / 255), TensorCategory(self.labels[batch])


class EpochSeed(Callback):
    """Reseed everything random before each epoch from (fold, seed, epoch).

    An epoch then depends on its number alone, not on what was drawn before it, not even by the private generator of
    fastai's loader.
    """

    def __init__(self, fold: int, seed: int):
        super().__init__()
        self.model_key = (fold, seed)

    def before_train(self):
        seed = seed_of("epoch", *self.model_key, self.epoch)
        seed_all(seed)
        self.dls.train.rng = random.Random(seed)


class Curves(Callback):
    """Mean loss of each epoch (fastai's own is smoothed over epochs) and the inner pictures' loss and AUROC."""

    def __init__(self, title: str):
        super().__init__()
        self.title, self.rows = title, []

    def before_fit(self):
        self.bar = tqdm(total=self.n_epoch, desc=self.title, unit="epoch", disable=not sys.stderr.isatty())

    def before_epoch(self):
        self.losses = {True: [], False: []}
        self.inner = []

    def after_batch(self):
        loss = float(self.loss.detach())
        if not math.isfinite(loss):
            raise BadInput(f"{self.title}: the loss became {loss} in epoch {self.epoch}: lower train.lr")
        self.losses[self.training].append((loss, len(self.y)))
        if not self.training:
            self.inner += zip(self.y.tolist(), (self.pred[:, 1] - self.pred[:, 0]).tolist())

    def after_epoch(self):
        self.bar.update()
        if not self.inner:
            return  # an epoch that was done before the run was killed
        train, inner = (np.average(*np.array(self.losses[part]).T[:1], weights=np.array(self.losses[part]).T[1])
                        for part in (True, False))
        labels, logits = zip(*self.inner)
        row = {"epoch": self.epoch, "train_loss": train, "inner_loss": inner, "inner_auroc": roc_auc_score(labels, logits)}
        self.rows.append(row)
        line = ", ".join(f"{name} {value:.4f}" for name, value in row.items() if name != "epoch")
        tqdm.write(f"{self.title}: epoch {self.epoch + 1} of {self.n_epoch}, {line}", file=sys.stdout)
        sys.stdout.flush()

    def after_fit(self):
        self.bar.close()


def seed_all(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def prepare_process(settings: Train) -> torch.device:
    """Threads, deterministic algorithms, allocator; returns the device to train on."""
    portable = settings.determinism == "portable"
    if portable:
        torch.set_num_threads(settings.threads)
        torch.use_deterministic_algorithms(True)
        torch.utils.deterministic.fill_uninitialized_memory = False  # costs 10 % and guards only reads of junk
    keep_freed_memory()
    if settings.device == "cuda" and not torch.cuda.is_available():
        raise BadInput("train.device is cuda, but this machine offers no CUDA device: set it to auto or cpu")
    wanted = "cuda" if settings.device == "auto" and torch.cuda.is_available() else settings.device
    return torch.device("cpu" if wanted == "auto" else wanted)


@contextmanager
def enough_memory(settings: Train) -> Iterator[None]:
    """Turn torch's ways of saying that memory ran out into one line that names what to lower."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not any(word in str(error) for word in ("memory", "bad_alloc")):
            raise
        raise BadInput(f"not enough memory to train on {settings.batch} pictures of {settings.size} pixels at once: lower "
                       "train.batch or train.size, or free some memory") from None


def keep_freed_memory() -> None:
    """Tell glibc's malloc to reuse freed activations instead of returning them to the kernel: 1.15 to 1.35 times
    the speed, the same bits."""
    trim_threshold, top_pad, mmap_threshold = -1, -2, -3
    libc = ctypes.CDLL("libc.so.6")
    libc.mallopt(mmap_threshold, 2**31 - 1)
    libc.mallopt(trim_threshold, 2**31 - 1)
    libc.mallopt(top_pad, 256 << 20)


def loaders(pictures: Tensor, labels: Tensor, inner: Tensor, settings: Train, device: torch.device) -> DataLoaders:
    """Training batches (shuffled or balanced, augmented) and inner batches (as they are)."""
    training = int((~inner).sum())
    if training < settings.batch:
        raise BadInput(f"train.batch {settings.batch} is larger than the {training} training pictures: lower it")
    draw = Pipeline(aug_transforms(do_flip=settings.flip) if settings.augment else [], split_idx=0)
    finish = partial(classifier.normalised, normalize=settings.normalize)
    train = Batches(pictures[~inner], labels[~inner], balance=settings.balance == "sampler", bs=settings.batch,
                    shuffle=True, drop_last=True, device=device, after_batch=lambda b: (finish(draw(b)[0]), b[1]))
    valid = Batches(pictures[inner], labels[inner], bs=classifier.ASKED_AT_ONCE, device=device,
                    after_batch=lambda b: (finish(b[0]), b[1]))
    return DataLoaders(train, valid, device=device)


def learner(dls: DataLoaders, model: nn.Module, settings: Train, callbacks: list[Callback]) -> Learner:
    """vision_learner's parts (splitter, loss) with a fused AdamW: 15 ms a step instead of 74 for a ResNet50."""
    optimiser = partial(OptimWrapper, opt=partial(torch.optim.AdamW, fused=True))
    splitter = model_meta[classifier.ARCHITECTURES[settings.arch]]["split"]
    if settings.determinism == "portable":
        strided.steady(model)
    learn = Learner(dls, model, loss_func=CrossEntropyLossFlat(), opt_func=optimiser, splitter=splitter,
                    cbs=[ChannelsLast(), *callbacks])
    learn.freeze() if settings.frozen else learn.unfreeze()
    return learn
