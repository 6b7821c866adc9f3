"""weights: outside files by hash only, never a pickle that runs, one line where something is wrong."""

import functools
import hashlib
import http.server
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from safetensors.torch import load_file, save_file
from torchvision.models import resnet18

from stages import weights
from xrays import files, store
from xrays.console import BadInput


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "folder", lambda: tmp_path / "inputs")
    (tmp_path / "inputs").mkdir()
    return tmp_path


@pytest.fixture
def server(tmp_path):
    (tmp_path / "served").mkdir()
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path / "served")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}", tmp_path / "served"
        running.shutdown()


def state() -> dict[str, torch.Tensor]:
    torch.manual_seed(1)
    return resnet18().state_dict()


def test_torchvisions_file_is_fetched_once_and_checked(shelf, server, monkeypatch):
    address, served = server
    torch.save(state(), served / "resnet18-x.pth")
    digest = hashlib.sha256((served / "resnet18-x.pth").read_bytes()).hexdigest()
    monkeypatch.setitem(weights.IMAGENET, "resnet18", ("resnet18-x.pth", digest))
    path = weights.imagenet("resnet18", address)
    (served / "resnet18-x.pth").unlink()
    assert weights.imagenet("resnet18", address) == path
    assert torch.equal(weights.check(weights.read(path), "resnet18")["conv1.weight"], state()["conv1.weight"])


def test_other_bytes_than_expected_are_refused_and_not_kept(shelf, server):
    address, served = server
    (served / weights.IMAGENET["resnet18"][0]).write_bytes(b"<html>")
    with pytest.raises(BadInput, match="expected f37072fd"):
        weights.imagenet("resnet18", address)
    assert [path.name for path in (shelf / "inputs").iterdir()] == ["lock"]


def test_without_a_network_the_param_to_change_is_named(shelf, monkeypatch):
    monkeypatch.setattr(weights, "PAUSE", 0.0)
    with pytest.raises(BadInput, match="set train.weights: none in params.yaml"):
        weights.imagenet("resnet50", "http://127.0.0.1:9")
    assert [path.name for path in (shelf / "inputs").iterdir()] == ["lock"]


def test_a_pickle_that_would_run_code_is_refused_and_does_not_run(shelf):
    trap = shelf / "sprung"

    class Payload:
        def __reduce__(self):
            return (open, (str(trap), "w"))

    torch.save({"conv1.weight": Payload()}, shelf / "evil.pth")
    with pytest.raises(BadInput, match="neither safetensors nor a PyTorch file of plain tensors"):
        weights.read(shelf / "evil.pth")
    assert not trap.exists()


def test_a_file_taken_in_is_found_by_its_hash_and_a_damaged_one_is_not_used(shelf):
    save_file(state(), shelf / "mine.safetensors")
    digest = store.take_in(shelf / "mine.safetensors")
    kept = store.fetch(digest, "train.weights", "take it in")
    assert set(load_file(kept)) == set(state())
    kept.write_bytes(kept.read_bytes()[:-1] + b"x")
    with pytest.raises(BadInput, match="damaged"):
        store.fetch(digest, "train.weights", "take it in")
    assert store.take_in(shelf / "mine.safetensors") == digest
    assert store.fetch(digest, "train.weights", "take it in") == kept


def test_many_who_take_the_same_file_in_at_once_all_get_it(shelf):
    (shelf / "big").write_bytes(bytes(range(256)) * 40_000)
    with ThreadPoolExecutor(8) as pool:
        digests = set(pool.map(store.take_in, [shelf / "big"] * 24))
    assert len(digests) == 1 and files.sha256(store.folder() / digests.pop()) == files.sha256(shelf / "big")


def test_a_hash_that_is_not_here_says_what_to_do(shelf):
    with pytest.raises(BadInput, match="named by train.weights is not on this machine: take it in"):
        store.fetch("a" * 64, "train.weights", "take it in")
    with pytest.raises(BadInput, match="train.weights is empty: take it in"):
        store.fetch("", "train.weights", "take it in")


def test_weights_of_another_architecture_are_refused():
    with pytest.raises(BadInput, match="do not fit train.arch resnet50"):
        weights.check(state(), "resnet50")
