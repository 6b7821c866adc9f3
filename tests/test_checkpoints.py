"""Checkpoints: wherever training stops, it goes on to the same bits; what is damaged or foreign is never taken for good."""

import hashlib
import os
import pickle
import subprocess
import time
from pathlib import Path

import pytest
import torch
from fastai.callback.core import Callback
from safetensors.torch import save_file

from stages import train as stage
from tests.test_training import INNER, LABELS, PICTURES, SMALL
from xrays import checkpoints, training

EPOCHS = 3
STEPS = 2  # batches of 3 from 8 training pictures


class Killed(Exception):
    """Stands for kill -9: nothing of the process survives but its files."""


class KillAfter(Callback):
    order = 90  # behind everything else

    def __init__(self, steps: int):
        super().__init__()
        self.left = steps

    def after_step(self):
        self.left -= 1
        if self.left < 0:
            raise Killed("by the test")


@pytest.fixture
def fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Train three epochs into tmp_path/kept, a checkpoint each; kill: after so many steps."""
    monkeypatch.setattr(stage, "WEIGHTS", tmp_path / "initial.safetensors")
    monkeypatch.setattr(checkpoints, "SHARE", 1e9)
    save_file({}, stage.WEIGHTS)
    learner = training.learner

    def run(kill: int | None = None, kept: str = "kept", **changes: object) -> tuple[dict, list, torch.Tensor]:
        monkeypatch.setattr(training, "learner", lambda dls, model, settings, callbacks: learner(
            dls, model, settings, [*callbacks, *([] if kill is None else [KillAfter(kill)])]))
        settings = SMALL.model_copy(update={"epochs": EPOCHS} | changes)
        folder = tmp_path / kept
        folder.mkdir(exist_ok=True)
        model, curves, batch = stage.fit(PICTURES, LABELS, INNER, 0, 0, settings, folder)
        return model.state_dict(), curves, batch[0]

    return run


def kept(folder: Path) -> list[str]:
    return sorted(path.name[:10] for path in folder.glob("epoch-*"))


def assert_same(one: tuple, two: tuple) -> None:
    assert one[0].keys() == two[0].keys()
    assert all(torch.equal(one[0][name], two[0][name]) for name in one[0])
    assert one[1] == two[1] and torch.equal(one[2], two[2])


@pytest.mark.parametrize("changes, kills", [
    ({}, range(EPOCHS * STEPS)), ({"frozen": True}, [3]), ({"balance": "sampler", "augment": False}, [5])])
def test_killed_after_any_number_of_steps_it_ends_in_the_same_bits(fit, tmp_path, changes, kills, capsys):
    whole = fit(kept="whole", **changes)
    for steps in kills:
        with pytest.raises(Killed):
            fit(kill=steps, kept=f"{steps}", **changes)
        assert kept(tmp_path / f"{steps}") == ([f"epoch-{steps // STEPS:04d}"] if steps >= STEPS else [])
        capsys.readouterr()
        assert_same(fit(kept=f"{steps}", **changes), whole)
        resumed = f"train@0-0: resumed at epoch {steps // STEPS + 1} of 3\n" in capsys.readouterr().out
        assert resumed == (steps >= STEPS)


def test_killed_twice_it_goes_on_from_the_later_checkpoint(fit, capsys):
    whole = fit(kept="whole")
    for steps in (STEPS, STEPS):  # the second counts from where the first was resumed
        with pytest.raises(Killed):
            fit(kill=steps)
    capsys.readouterr()
    assert_same(fit(), whole)
    assert "resumed at epoch 3 of 3" in capsys.readouterr().out


@pytest.mark.parametrize("damage", [
    lambda data: data[:-1], lambda data: data[:-9] + bytes([data[-9] ^ 1]) + data[-8:], lambda data: b""])
def test_a_damaged_checkpoint_is_ignored_with_a_notice(fit, tmp_path, capsys, damage):
    whole = fit(kept="whole")
    with pytest.raises(Killed):
        fit(kill=STEPS)
    path, = (tmp_path / "kept").glob("epoch-*")
    path.write_bytes(damage(path.read_bytes()))
    assert_same(fit(), whole)
    out = capsys.readouterr().out
    assert "the checkpoint after epoch 1 is damaged: ignored" in out and "resumed" not in out


def test_files_of_others_are_left_alone_and_no_payload_runs(fit, tmp_path, capsys):
    folder = tmp_path / "kept"
    folder.mkdir()
    payload = pickle.dumps(type("Payload", (), {"__reduce__": lambda self: (os.mkdir, (str(tmp_path / "pwned"),))})())
    for name in ("epoch-0001.pth", f"epoch-0002.{'0' * 64}.safetensors",
                 f"epoch-0003.{hashlib.sha256(payload).hexdigest()}.safetensors"):
        (folder / name).write_bytes(payload)
    fit()
    assert not (tmp_path / "pwned").exists()
    assert (folder / "epoch-0001.pth").exists()
    assert capsys.readouterr().out.count("is damaged: ignored") == 2


def test_a_full_disk_leaves_the_checkpoint_before_and_training_goes_on(fit, tmp_path, capsys):
    whole = fit(kept="whole")
    folder = tmp_path / "kept"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", folder]).returncode:
        pytest.skip("no permission to mount a small disk")
    try:
        with pytest.raises(Killed):
            fit(kill=STEPS)
        before = [path.name for path in folder.glob("epoch-*")]
        assert len(before) == 1
        assert_same(fit(), whole)
        assert "no checkpoint after epoch 2 (" in capsys.readouterr().out
        assert [path.name for path in folder.iterdir()] == before
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_second_run_of_the_same_model_keeps_no_checkpoints_and_leaves_those_of_the_first(fit, tmp_path, capsys):
    folder = tmp_path / "kept"
    with checkpoints.alone(folder) as first:
        (first / "mine").touch()
        with checkpoints.alone(folder) as second:
            assert second is None
        assert (first / "mine").exists()
    assert not folder.exists()
    assert capsys.readouterr().out == "another run trains this same model now: going on without checkpoints\n"


def test_checkpoints_of_a_failed_run_stay(tmp_path):
    with pytest.raises(Killed), checkpoints.alone(tmp_path / "kept"):
        raise Killed
    assert (tmp_path / "kept").exists()
    with checkpoints.alone(tmp_path / "kept") as free:
        assert free


def test_writing_takes_a_small_share_of_the_time(fit, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "SHARE", 0.03)
    monkeypatch.setattr(checkpoints, "write", lambda folder, epochs, *_: (written.append(epochs), time.sleep(0.01)))
    written: list[int] = []
    clock = iter(range(0, 10_000, 50))  # one write takes 50 s here: the next is due 1,667 s later
    monkeypatch.setattr(checkpoints.time, "monotonic", lambda: next(clock))
    fit()
    assert written == [1]
