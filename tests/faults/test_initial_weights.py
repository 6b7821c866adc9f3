"""Line 65: initial weights that are missing, offline, of another kind or damaged."""

import pytest
import torch

from tests.faults.initial import take_in_weights, torch_file


@pytest.mark.line(65, "input")
@pytest.mark.parametrize("weights, says", [
    ("0" * 64, "the file 000000000000… named by train.weights is not on this machine: take it in with"),
    ("imagenet", "cannot be reached.*train.weights: imagenet needs a network once"),
])
def test_initial_weights_that_are_not_there_are_named(untrained, weights, says):
    untrained.set(train__weights=weights)
    untrained.environment = {"XRAYS_PATIENCE": "0.01",
                             **dict.fromkeys(["https_proxy", "HTTPS_PROXY"], "http://127.0.0.1:9")}
    untrained.fails("weights", says)
    untrained.git("checkout", "--quiet", "params.yaml")
    untrained.recovers("weights", "train@0-0")


@pytest.mark.line(65, "input")
@pytest.mark.parametrize("content, says", [
    pytest.param(b"no weights", "is neither safetensors nor a PyTorch file of plain tensors", id="no weights"),
    pytest.param("resnet50", "the initial weights do not fit train.arch resnet18", id="another architecture",
                 marks=pytest.mark.sample),
])
def test_initial_weights_of_another_kind_are_named(untrained, tmp_path, content, says):
    if isinstance(content, str):
        content = torch_file({"conv1.weight": torch.zeros(1), "layer1.0.conv3.weight": torch.zeros(1)}, tmp_path)
    take_in_weights(untrained, content)
    untrained.fails("weights", says, "take in a")
    untrained.git("checkout", "--quiet", "params.yaml")
    untrained.recovers("weights", "train@0-0")


@pytest.mark.line(65, "input")
def test_initial_weights_that_were_damaged_in_the_store_are_refused(untrained, tmp_path):
    take_in_weights(untrained, torch_file({}, tmp_path))
    for path in (untrained.folder / ".dvc" / "inputs").iterdir():
        path.write_bytes(path.read_bytes() + b"\0")
    untrained.fails("weights", "in the store is damaged", "delete it, then take it in")
    untrained.git("checkout", "--quiet", "params.yaml")
    untrained.recovers("weights", "train@0-0")
