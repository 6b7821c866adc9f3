"""Everything that sets bits and is not data, code or params: instruction set, threads, allocator, random streams.

`pin` runs before NumPy or torch is imported (`stages/__init__.py`), because both choose their kernels on import.
"""

import hashlib
import os

from xrays import environment

# NumPy and OpenBLAS choose kernels by CPU; both are held at AVX2, which x86-64 servers have had for ten years.
ALWAYS = {
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    "OPENBLAS_CORETYPE": "Haswell",
    "OPENBLAS_NUM_THREADS": "1",
}
# Three pins are needed: ATen's own kernels, oneDNN's convolutions and MKL's matrix products each dispatch by CPU.
# MKL_CBWR=COMPATIBLE and not AVX2, which MKL ignores on AMD; only the head's two matrix products go through MKL.
PORTABLE = {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "MKL_CBWR": "COMPATIBLE"}
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
CONTRARY = ("OMP_", "KMP_", "GOMP_", "MKL_", "ONEDNN_", "DNNL_", "ATEN_", "OPENBLAS_", "GOTO_", "NPY_", "TORCH_",
            "FREETYPE_", "HB_", "MPLBACKEND")  # the last three: what letters in a PNG look like


def pin(determinism: str, threads: int) -> None:
    """Set the environment of this process; what the person's shell says about them is dropped."""
    for name in [name for name in os.environ if name.startswith(CONTRARY)]:
        del os.environ[name]
    os.environ.update(ALWAYS)
    if determinism == "portable":
        os.environ.update(PORTABLE)
        os.environ.update(dict.fromkeys(THREADS, str(threads)))


def seed_of(*parts: object) -> int:
    """A 32-bit seed from any words: the same on every machine, unrelated for any other words."""
    return int.from_bytes(hashlib.sha256(":".join(map(str, parts)).encode()).digest()[:4], "big")


def facts(determinism: str, threads: int, device: str) -> dict[str, str]:
    """What set the bits of a model, for metrics/platform.json; the host itself never enters a tracked file."""
    portable = determinism == "portable"
    machine = {
        "determinism": determinism,
        "device": device,
        "instruction_set": "avx2" if portable else "all",
        "threads": str(threads) if portable else "all",
    }
    return machine | {f"library_{name}": version for name, version in environment.pins().items()}
