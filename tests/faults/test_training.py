"""Lines 57 to 59, 61, 63, 64: checkpoints that are none, a loss that is none, workers, devices and threads."""

import hashlib
import os
import pickle
import subprocess

import numpy as np
import pytest
import torch
from safetensors.numpy import save
from torchvision.models import resnet18

from tests.faults.bench import Bench
from tests.faults.initial import take_in_weights, torch_file
from xrays.models import METADATA

CHECKPOINTS = ".dvc/checkpoints"


def key(bench: Bench) -> str:
    """The folder of the checkpoints of train@0-0, under the params as they stand."""
    return bench.run("python", "-c", "from xrays import inputs; print(inputs.key('train@0-0'))").strip()


def put(bench: Bench, content: bytes, epochs: int, digest: str | None = None) -> None:
    """Lay a file where the next run looks for a checkpoint."""
    folder = bench.folder / CHECKPOINTS / key(bench)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"epoch-{epochs:04d}.{digest or hashlib.sha256(content).hexdigest()}.safetensors").write_bytes(content)


@pytest.mark.line(57, "fault")
@pytest.mark.parametrize("content", [b"", b"cut off", bytes(1 << 20)], ids=["empty", "truncated", "foreign"])
def test_a_checkpoint_that_is_none_is_ignored_with_a_notice(untrained, content):
    put(untrained, content, 2, "0" * 64)
    put(untrained, content, 1)
    output = untrained.recovers("train@0-0")
    assert output.count("is damaged: ignored") == 2 and "resumed" not in output


@pytest.mark.line(57, "fault")
@pytest.mark.parametrize("tensors", [
    {"model/0.0.weight": np.zeros((64, 3, 7, 7), np.float32)}, {"weight": np.zeros(3, np.float32)}, {}],
    ids=["another architecture", "other names", "no tensors"])
def test_a_whole_checkpoint_of_another_model_is_ignored_with_a_notice(untrained, tensors):
    put(untrained, save(tensors, metadata={METADATA: "[]"}), 1)
    output = untrained.recovers("train@0-0")
    assert output.count("is damaged: ignored") == 1 and "resumed" not in output


@pytest.mark.line(57, "fault")
def test_a_checkpoint_of_other_params_is_not_looked_at(untrained):
    untrained.set(train__lr=0.002)
    put(untrained, b"of another run", 1)
    untrained.git("checkout", "--quiet", "params.yaml")
    assert "checkpoint" not in untrained.recovers("train@0-0")


@pytest.mark.line(58, "input")
def test_a_checkpoint_with_a_payload_is_not_executed(untrained, tmp_path):
    payload = type("Payload", (), {"__reduce__": lambda self: (os.mkdir, (str(tmp_path / "pwned"),))})()
    for epochs, content in enumerate([pickle.dumps(payload), torch_file(payload, tmp_path)], start=1):
        put(untrained, content, epochs)
    assert untrained.recovers("train@0-0").count("is damaged: ignored") == 2
    assert not (tmp_path / "pwned").exists()


@pytest.mark.line(59, "fault")
def test_a_loss_that_is_no_number_fails_the_stage(untrained, tmp_path):
    state = {name: torch.full_like(value, float("nan")) if value.is_floating_point() else value
             for name, value in resnet18().state_dict().items()}
    take_in_weights(untrained, torch_file(state, tmp_path))
    untrained.fails("train@0-0", r"^error: train@0-0: the loss became nan in epoch 0: lower train\.lr$")
    assert not list(untrained.folder.glob("models/fold*"))
    untrained.git("checkout", "--quiet", "params.yaml")
    untrained.recovers("train@0-0")


@pytest.mark.line(61, "fault")
@pytest.mark.parametrize("stage, worker", [("filter", "stages.filter"), ("download", "spawn_main")])
def test_a_killed_worker_process_ends_the_stage_and_does_not_hang_it(bench, stage, worker):
    bench.set(filter__size=80) if stage == "filter" else bench.set(phantom__seed=7)
    killer = f"""
import os, signal, sys, time
from pathlib import Path
deadline = time.monotonic() + 60
while time.monotonic() < deadline:
    for process in Path('/proc').glob('[0-9]*'):
        try:
            words = (process / 'cmdline').read_bytes()
            parent = int((process / 'stat').read_text().rpartition(')')[2].split()[1])
            mother = Path(f'/proc/{{parent}}/cmdline').read_bytes()
            here = os.readlink(process / 'cwd') == sys.argv[1]
        except (OSError, ValueError):
            continue
        if here and b'{worker}' in words and b'stages.{stage}' in mother and b'-c' not in mother.split(b'\\0')[:3]:
            os.kill(int(process.name), signal.SIGKILL)
            sys.exit(0)
sys.exit('no worker was seen')
"""
    hunt = subprocess.Popen(["python", "-c", killer, str(bench.folder)])
    bench.fails(stage, "a worker process was killed, most likely for lack of memory", "run the same command again")
    assert hunt.wait() == 0
    bench.git("checkout", "--quiet", "params.yaml")
    bench.recovers("download", "filter")


@pytest.mark.line(63, "input")
def test_cuda_asked_for_but_absent_is_named(untrained):
    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    untrained.set(train__determinism="fast")
    untrained.set(train__device="cuda")
    untrained.fails("train@0-0", "train.device is cuda, but this machine offers no CUDA device",
                    "set it to auto or cpu")
    untrained.git("checkout", "--quiet", "params.yaml")
    untrained.recovers("train@0-0")


@pytest.mark.line(64, "fault")
def test_other_threads_make_other_bytes_and_are_told_so(untrained):
    untrained.set(train__folds=[0])
    untrained.run("python", "-m", "commands.repro")
    untrained.commit("one thread")
    untrained.set(train__threads=2)
    last = untrained.run("python", "-m", "commands.repro").splitlines()[-1]
    assert "differs from the committed dvc.lock" in last and "(changed: train.threads)" in last
    assert '"threads": "2"' in untrained.read("metrics/platform.json")


@pytest.mark.line(64, "variation")
@pytest.mark.parametrize("shell", [{"OMP_NUM_THREADS": "1"}, {"ATEN_CPU_CAPABILITY": "default"},
                                   {"ONEDNN_MAX_CPU_ISA": "SSE41"},
                                   {"MKL_CBWR": "SSE4_2", "OPENBLAS_CORETYPE": "Nehalem"}])
def test_what_the_shell_says_of_threads_and_instructions_changes_no_byte(untrained, shell):
    untrained.environment = shell
    untrained.recovers("train@0-0")
