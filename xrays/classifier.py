"""The classifier: built as fastai's vision_learner builds it, saved as safetensors, asked for logits."""

import json
from pathlib import Path

import numpy as np
import torch
from fastai.vision.learner import create_vision_model
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torchvision.models import resnet18, resnet50
from torchvision.models.resnet import BasicBlock, Bottleneck

from xrays.models import METADATA, read_about

ARCHITECTURES = {"resnet18": resnet18, "resnet50": resnet50}
CLASSES = ["Normal", "COVID-19"]  # column 1 is the positive class everywhere
GREY = {"imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)), "none": ((0.0,) * 3, (1.0,) * 3)}
ASKED_AT_ONCE = 64  # pictures; fixed, because kernels may round otherwise in another batch size


def build(arch: str) -> nn.Sequential:
    """Body of torchvision's ResNet and fastai's head (concat pooling, 512 hidden units, dropout), two classes.

    Each residual branch starts at zero (Goyal et al. 2017, section 5.1): from random weights, on 330 phantoms, 15
    epochs then reach an AUROC of 0.93 instead of 0.77.
    """
    model = create_vision_model(ARCHITECTURES[arch], len(CLASSES), pretrained=False)
    for block in model.modules():
        if isinstance(block, (BasicBlock, Bottleneck)):
            nn.init.zeros_((block.bn3 if isinstance(block, Bottleneck) else block.bn2).weight)
    return model


def load_body(model: nn.Sequential, weights: Path) -> None:
    """Copy initial weights, saved under torchvision's names, into the body; an empty file leaves the random ones."""
    given = load_file(weights)
    if not given:
        return
    stem = ["conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4"]  # fastai cuts behind layer4
    places = {name: str(number) for number, name in enumerate(stem)}
    parts = {name: name.partition(".") for name in given}
    model[0].load_state_dict({f"{places[first]}.{rest}": given[name] for name, (first, _, rest) in parts.items()})


def resized(pictures: np.ndarray, size: int) -> Tensor:
    """uint8 (n, s, s) to uint8 (n, size, size), by Pillow's integer arithmetic."""
    if pictures.shape[1:] == (size, size):
        return torch.from_numpy(pictures)
    small = [Image.fromarray(picture).resize((size, size), Image.Resampling.LANCZOS) for picture in pictures]
    return torch.from_numpy(np.stack([np.asarray(picture) for picture in small]))


def normalised(grey: Tensor, normalize: str) -> Tensor:
    """Grey in 0 to 1, (n, 1, s, s), to what the network takes: float32 (n, 3, s, s), channels last."""
    mean, sd = (torch.tensor(values, device=grey.device).view(3, 1, 1) for values in GREY[normalize])
    return ((grey.expand(-1, 3, -1, -1) - mean) / sd).contiguous(memory_format=torch.channels_last)


def grey(pictures: Tensor, normalize: str) -> Tensor:
    """The way back from normalised to grey in 0 to 1, (n, s, s), to look at."""
    mean, sd = (values[0] for values in GREY[normalize])
    return (pictures[:, 0].float() * sd + mean).clamp(0, 1)


@torch.inference_mode()
def logits(model: nn.Module, pictures: Tensor, normalize: str) -> np.ndarray:
    """Logit of COVID-19, float32 (n,), for uint8 (n, s, s): the difference of the outputs, so p = 1/(1+exp(-logit))."""
    model.eval()
    device = next(model.parameters()).device
    batches = (batch.to(device)[:, None].float() / 255 for batch in pictures.split(ASKED_AT_ONCE))
    outputs = [model(normalised(batch, normalize)) for batch in batches]
    normal, covid = torch.cat(outputs).float().cpu().unbind(1)
    return (covid - normal).numpy()


def save(model: nn.Module, path: Path, about: dict) -> None:
    """Weights in safetensors' sorted order; `about` (fold, seed, arch, …) as JSON under its one metadata key."""
    state = {name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()}
    save_file(state, path, metadata={METADATA: json.dumps(about, sort_keys=True)})


def load(path: Path) -> tuple[nn.Module, dict]:
    """The model saved at path, ready to be asked, and what it says about itself."""
    about = read_about(path)
    model = build(about["arch"]).to(memory_format=torch.channels_last)
    model.load_state_dict(load_file(path))
    return model.eval(), about
