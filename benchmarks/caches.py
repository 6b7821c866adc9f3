"""Do the bits of a model depend on the size of the CPU's caches? One step of training as on CPUs with others, hashed.

Example: python -m benchmarks.caches (eleven minutes on two quiet cores; x86-64 with Linux)

oneDNN asks the CPU for its caches once and blocks its convolutions by them. Each child process has oneDNN ask, writes
other sizes over what it noted, and only then trains: so it computes what it would on such a CPU. Pictures are noise. It
prints Markdown: what is equal to the same step with this machine's own caches, with Conv2d as it is, and with
xrays/strided.py.
"""

import argparse
import ctypes
import hashlib
import struct
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

from xrays import runtime

KIB = 1024
# L1 and L2 of a core in KB, and who has them.
CACHES = {(32, 256): "Haswell to Comet Lake, desktop and laptop", (32, 512): "Zen 1 to 3",
          (32, 1024): "Skylake servers, Zen 4", (48, 1280): "Ice Lake servers, Tiger Lake", (48, 2048): "Sapphire Rapids"}
MODELS = [("resnet50", 64), ("resnet50", 128), ("resnet50", 224), ("resnet18", 64), ("resnet18", 128)]
WAYS = ("plain", "steady")


def own() -> bytes:
    """L1, L2 and L3 of this machine, as oneDNN notes them: three unsigned integers in a row."""
    folder = Path("/sys/devices/system/cpu/cpu0/cache")
    return struct.pack("III", *(int((folder / f"index{level}/size").read_text().strip().removesuffix("K")) * KIB
                                for level in (0, 2, 3)))  # 1 is the instructions' L1


def overwrite(l1: int, l2: int) -> None:
    """Write other sizes, in KB, over those that oneDNN has noted in this process."""
    lines = [line.split() for line in Path("/proc/self/maps").read_text().splitlines()]
    for before, line in pairwise(lines):  # variables that begin as zero: a region without a name behind the library's
        if before[-1].endswith("libtorch_cpu.so") and len(line) == 5:
            begin, end = (int(part, 16) for part in line[0].split("-"))
            at = ctypes.string_at(begin, end - begin).find(own())
            if at >= 0:
                ctypes.memmove(begin + at, struct.pack("II", l1 * KIB, l2 * KIB), 8)
                return
    raise SystemExit("oneDNN's note of the caches was not found: this does not work on this machine")


def bits(arch: str, size: int, way: str, caches: list[int]) -> str:
    """Hash of the outputs and gradients of one training step, and of the logits, in this process."""
    runtime.pin("portable", 2)
    import torch
    from torch.nn import functional

    from xrays import classifier, params, strided, training

    settings = params.load().train.model_copy(update={"threads": 2, "determinism": "portable", "device": "cpu"})
    training.prepare_process(settings)
    functional.conv2d(torch.rand(1, 8, 8, 8), torch.rand(8, 8, 3, 3))
    if caches:
        overwrite(*caches)
    torch.manual_seed(0)
    model = classifier.build(arch).to(memory_format=torch.channels_last)
    for layer in model.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            torch.nn.init.ones_(layer.weight)  # else no gradient reaches the residual branches in the first step
    if way == "steady":
        strided.steady(model)
    outputs = model(classifier.normalised(torch.rand(32, 1, size, size), "imagenet"))
    functional.cross_entropy(outputs, torch.arange(32) % 2).backward()
    logits = classifier.logits(model, torch.randint(0, 256, (64, size, size), dtype=torch.uint8), "imagenet")
    digest = hashlib.md5(logits.tobytes())
    for tensor in [outputs.detach(), *(parameter.grad for parameter in model.parameters())]:
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


def ask(arch: str, size: int, way: str, caches: tuple[int, ...] = ()) -> str:
    """The same in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.caches", "--one", arch, str(size), way, *map(str, caches)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr.strip().splitlines()[-1])
    return done.stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--one", nargs="+", metavar="WORD", help="ARCH SIZE WAY [L1 L2]: the hash of one, in this process")
    given = parser.parse_args()
    if given.one:
        arch, size, way, *caches = given.one
        print(bits(arch, int(size), way, [int(one) for one in caches]))
        return
    print("| L1, L2 of a core | as in | " + " | ".join(f"{arch}, {size} px" for arch, size in MODELS) + " |")
    print("|---" * (2 + len(MODELS)) + "|")
    here = {(model, way): ask(*model, way) for model in MODELS for way in WAYS}
    for caches, who in CACHES.items():
        cells = [", ".join(f"{way}: {'same' if ask(*model, way, caches) == here[model, way] else 'OTHER'}" for way in WAYS)
                 for model in MODELS]
        print(f"| {caches[0]} KB, {caches[1]} KB | {who} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
