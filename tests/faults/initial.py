"""Initial weights to train from, good ones and bad."""

from pathlib import Path

import torch

from tests.faults.bench import Bench


def torch_file(content: object, folder: Path) -> bytes:
    """The bytes of a file as PyTorch writes it."""
    torch.save(content, folder / "file.pth")
    return (folder / "file.pth").read_bytes()


def take_in_weights(bench: Bench, content: bytes) -> None:
    """As `make coronahack WEIGHTS=file` does."""
    (bench.folder.parent / "weights").write_bytes(content)
    bench.run("python", "-c", "import sys\nfrom pathlib import Path\nfrom xrays import params, store\n"
              "params.save({'train.weights': store.take_in(Path(sys.argv[1]))})", str(bench.folder.parent / "weights"))
