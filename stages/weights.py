"""weights: a file from outside → data/weights/initial.safetensors, the weights that training starts from.

The only place of the project that opens a pickle, and only as torch.load(weights_only=True) after its SHA-256 is
checked (102 MB for a ResNet50). With train.weights: none the file holds no tensor, and each model draws its own.
"""

from pathlib import Path

import requests
import torch
from safetensors.torch import load_file, save_file
from torchvision.models import get_model

from xrays import console, files, params, store, web
from xrays.console import BadInput

INITIAL = Path("data/weights/initial.safetensors")
# torchvision's IMAGENET1K_V1 files, those of the article's time. torchvision itself checks only the 8 hex digits that
# stand in the file name; these are the whole hashes, as several public records agree on them.
IMAGENET = {
    "resnet18": ("resnet18-f37072fd.pth", "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec"),
    "resnet50": ("resnet50-0676ba61.pth", "0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a"),
}
ADDRESS = "https://download.pytorch.org/models"
SECONDS = 30.0 * web.PATIENCE  # of silence, then the connection is taken to be cut
PAUSE = web.PAUSE
OFFLINE = "train.weights: imagenet needs a network once; connect to one, or set train.weights: none in params.yaml"


def imagenet(arch: str, address: str = ADDRESS) -> Path:
    """Path of torchvision's file, fetched into the store unless it is there already."""
    name, digest = IMAGENET[arch]
    with store.alone() as folder:
        kept = folder / name
        if kept.is_file() and files.sha256(kept) == digest:
            return kept
        with files.whole(kept) as unfinished:
            fetch(f"{address}/{name}", unfinished)
            found = files.sha256(unfinished)
            if found != digest:
                raise BadInput(f"{address}/{name} has SHA-256 {found}, expected {digest}: something between here and there "
                               "changed the file; try another network, or set train.weights: none in params.yaml")
        return kept


def fetch(url: str, target: Path) -> None:
    """Download url to target, patiently; the last word names the param to change."""
    def attempt() -> None:
        try:
            with requests.get(url, stream=True, timeout=SECONDS) as answer, target.open("wb") as file:
                answer.raise_for_status()
                for block in answer.iter_content(1 << 20):
                    file.write(block)
        except requests.RequestException as error:
            raise web.explained(error, url, OFFLINE) from None

    web.patiently(attempt, PAUSE, OFFLINE)


def read(path: Path) -> dict[str, torch.Tensor]:
    """Tensors by torchvision's names, from safetensors or, never running code, from a PyTorch pickle."""
    try:
        return load_file(path)
    except Exception:  # safetensors has no public error of its own for "another format"
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:
            raise BadInput(f"{path.name} is neither safetensors nor a PyTorch file of plain tensors "
                           f"({type(error).__name__}): take in another file") from None
    return state


def check(state: dict[str, torch.Tensor], arch: str) -> dict[str, torch.Tensor]:
    """The body's tensors, contiguous; stops where the file is of another architecture."""
    wanted = {name: value.shape for name, value in get_model(arch, weights=None).state_dict().items()
              if not name.startswith("fc.")}
    given = state if isinstance(state, dict) else {}
    wrong = [name for name, shape in wanted.items() if getattr(given.get(name), "shape", None) != shape]
    if wrong:
        raise BadInput(f"the initial weights do not fit train.arch {arch}: {len(wrong)} of {len(wanted)} tensors are "
                       f"missing or of another shape, {wrong[0]} first: take in a file of that architecture")
    return {name: state[name].contiguous() for name in wanted}


def main() -> None:
    train = params.load().train
    if train.weights == "none":
        state = {}
    else:
        path = imagenet(train.arch) if train.weights == "imagenet" else store.fetch(
            train.weights, "train.weights", "take it in with `make coronahack WEIGHTS=file`, or set train.weights: none")
        state = check(read(path), train.arch)
    with files.whole(INITIAL) as unfinished:
        save_file(state, unfinished)


if __name__ == "__main__":
    console.run(main)
