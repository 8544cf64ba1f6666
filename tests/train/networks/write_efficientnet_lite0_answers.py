"""Writes what the published EfficientNet-Lite0 computes in PyTorch, for test_efficientnet_lite.py.

pip install torch efficientnet-lite-pytorch==0.1.0
python tests/train/networks/write_efficientnet_lite0_answers.py CHECKPOINT.pth ANSWERS.npz
"""

import sys

import numpy as np
import torch
from efficientnet_lite_pytorch import EfficientNet

IMAGES = 2
SEED = 7
PLACES = 48
"""How many numbers of each layer are kept, at even distances"""


def main(checkpoint, answers):
    network = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=checkpoint).eval()
    images = np.random.default_rng(SEED).uniform(-1, 1, (IMAGES, 224, 224, 3)).astype(np.float32)
    kept = {}

    def keep(name):
        def hook(_module, _inputs, output):
            flat = output.numpy().transpose(0, 2, 3, 1).ravel()
            kept[name] = flat[np.linspace(0, flat.size - 1, PLACES).astype(int)]

        return hook

    network._bn0.register_forward_hook(keep("stem_normalization"))
    for number, block in enumerate(network._blocks):
        block.register_forward_hook(keep(f"block_{number}"))
    network._bn1.register_forward_hook(keep("head_normalization"))
    with torch.no_grad():
        logits = network(torch.from_numpy(images.transpose(0, 3, 1, 2))).numpy()
    np.savez_compressed(answers, logits=logits, **kept)


if __name__ == "__main__":
    main(*sys.argv[1:])
