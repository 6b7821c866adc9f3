"""Training: batches from one tensor, a seed an epoch, weights that load in a fresh process with the same logits."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

import stages
from stages import train as stage
from xrays import classifier, params, training
from xrays.console import BadInput

SMALL = params.load().train.model_copy(update={"arch": "resnet18", "size": 32, "epochs": 1, "batch": 4, "balance": "none"})
PICTURES = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (12, 32, 32), dtype=np.uint8))
LABELS = torch.tensor([0, 1] * 6)
INNER = torch.tensor([False] * 8 + [True] * 4)


def fitted(tmp_path, monkeypatch, **changes):
    monkeypatch.setattr(stage, "WEIGHTS", tmp_path / "initial.safetensors")
    save_file({}, stage.WEIGHTS)
    return stage.fit(PICTURES, LABELS, INNER, 0, 0, SMALL.model_copy(update=changes), None)


def batches(balance: bool, seed: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    dls = training.loaders(PICTURES, LABELS, INNER, SMALL.model_copy(update={
        "augment": False, "normalize": "none", "balance": "sampler" if balance else "none"}), torch.device("cpu"))
    training.seed_all(seed)
    dls.train.rng.seed(seed)
    return list(dls.train)


def test_batches_hold_the_training_pictures_once_and_no_inner_one():
    seen = torch.cat([pictures[:, 0] for pictures, _ in batches(False, 0)])
    assert sorted((seen.double().sum((1, 2)) * 255).round().long().tolist()) == sorted(PICTURES[:8].long().sum((1, 2)).tolist())


def test_a_picture_keeps_its_label_through_the_loader():
    label_of = {int(picture.long().sum()): int(label) for picture, label in zip(PICTURES, LABELS)}
    for pictures, labels in batches(True, 3):
        sums = (pictures[:, 0].double().sum((1, 2)) * 255).round().long()
        assert [label_of[int(total)] for total in sums] == labels.tolist()


def test_the_sampler_draws_both_classes_equally_often():
    labels = torch.tensor([0] * 95 + [1] * 5)
    loader = training.Batches(torch.zeros(100, 1, 1, dtype=torch.uint8), labels, balance=True, bs=100, shuffle=True)
    drawn = torch.cat([labels for _ in range(20) for _, labels in loader]).float().mean()
    assert 0.45 < drawn < 0.55


def test_the_same_seed_trains_the_same_bits_whatever_was_drawn_before(tmp_path, monkeypatch):
    first, curves, _ = fitted(tmp_path, monkeypatch)
    torch.rand(5), np.random.rand(5)
    again, same_curves, _ = fitted(tmp_path, monkeypatch)
    assert all(torch.equal(one, two) for one, two in zip(first.state_dict().values(), again.state_dict().values()))
    assert curves == same_curves and list(curves[0]) == ["epoch", "train_loss", "inner_loss", "inner_auroc"]


def test_an_epoch_depends_on_its_number_alone():
    drawn = []
    for before in (0, 99):
        training.seed_all(before)
        callback = training.EpochSeed(1, 2)
        callback.learn = type("Learn", (), {"epoch": 3, "dls": type("D", (), {"train": type("T", (), {"rng": None})()})()})()
        callback.before_train()
        drawn.append((torch.rand(3).tolist(), np.random.rand(3).tolist(), callback.dls.train.rng.random()))
    assert drawn[0] == drawn[1]


def test_frozen_trains_the_head_and_leaves_the_convolutions(tmp_path, monkeypatch):
    before, _, _ = fitted(tmp_path, monkeypatch, lr=1e-12, frozen=True)
    after, _, _ = fitted(tmp_path, monkeypatch, frozen=True)
    assert torch.equal(before[0][0].weight, after[0][0].weight)
    assert not torch.equal(before[1][-1].weight, after[1][-1].weight)


def test_initial_weights_are_used(tmp_path, monkeypatch):
    from torchvision.models import resnet18
    torch.manual_seed(7)
    given = {name: value for name, value in resnet18().state_dict().items() if not name.startswith("fc.")}
    save_file(given, tmp_path / "given.safetensors")
    model = classifier.build("resnet18")
    classifier.load_body(model, tmp_path / "given.safetensors")
    assert torch.equal(model[0][0].weight, given["conv1.weight"])
    assert torch.equal(model[0][7][1].bn2.bias, given["layer4.1.bn2.bias"])


def test_a_loss_that_is_no_number_stops_the_stage(tmp_path, monkeypatch):
    poisoned = training.CrossEntropyLossFlat
    monkeypatch.setattr(training, "CrossEntropyLossFlat", lambda: lambda *a: poisoned()(*a) * float("nan"))
    with pytest.raises(BadInput, match="^train@0-0: the loss became nan in epoch 0: lower train.lr$"):
        fitted(tmp_path, monkeypatch)


def test_a_batch_larger_than_the_training_pictures_is_named(tmp_path, monkeypatch):
    with pytest.raises(BadInput, match="train.batch 64 is larger than the 8"):
        fitted(tmp_path, monkeypatch, batch=64)


def test_cuda_asked_for_but_absent_is_named():
    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    with pytest.raises(BadInput, match="train.device"):
        training.prepare_process(SMALL.model_copy(update={"device": "cuda", "determinism": "fast"}))


def test_saved_weights_give_the_same_logits_in_a_fresh_process(tmp_path, monkeypatch):
    model, _, _ = fitted(tmp_path, monkeypatch)
    here = classifier.logits(model, PICTURES, "imagenet")
    np.save(tmp_path / "pictures.npy", PICTURES.numpy())
    classifier.save(model, tmp_path / "m.safetensors", stage.about(0, 0, SMALL, torch.device("cpu")))
    ask = ("import stages, numpy as np, torch, sys\nfrom pathlib import Path\nfrom xrays import classifier, params, training\n"
           "training.prepare_process(params.load().train)\nmodel, about = classifier.load(Path(sys.argv[1]))\n"
           "np.save(sys.argv[3], classifier.logits(model, torch.from_numpy(np.load(sys.argv[2])), about['normalize']))")
    subprocess.run([sys.executable, "-W", "ignore", "-c", ask, tmp_path / "m.safetensors", tmp_path / "pictures.npy",
                    tmp_path / "there.npy"], check=True, env=os.environ | {"PYTHONHASHSEED": "5"})
    assert np.array_equal(np.load(tmp_path / "there.npy"), here)


def test_the_same_model_is_the_same_file(tmp_path, monkeypatch):
    model, _, _ = fitted(tmp_path, monkeypatch)
    about = stage.about(0, 0, SMALL, torch.device("cpu"))
    classifier.save(model, tmp_path / "a", about)
    classifier.save(model, tmp_path / "another name", about)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "another name").read_bytes()


def test_outside_dvc_the_stage_says_how_to_run_it(monkeypatch):
    monkeypatch.setattr(stages, "NAME", "")
    with pytest.raises(BadInput, match="dvc repro train@0-0"):
        stage.fold_and_seed()
    monkeypatch.setattr(stages, "NAME", "train@3-12")
    assert stage.fold_and_seed() == (3, 12)
