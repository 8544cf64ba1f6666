"""Writes style.satchel beside it: a small model that embosses images, float32 and full_int8.

``.venv/bin/python apps/web/tests/browser/make_style.py`` runs it; then ``make web-expected``.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np
from PIL import Image

from satchel.bundle import Card, ImageInput, ImageOutput, card_to_json

SIDE = 48
SAMPLES = {"calibration": 24, "evaluation": 8}
SATCHEL = Path(sys.executable).with_name("satchel")


def embossing() -> keras.Model:
    """Return a model that embosses an image, levels 0 to 255, in each colour alone."""
    emboss = np.array([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]], np.float32)
    kernel = np.repeat(emboss[:, :, np.newaxis, np.newaxis], 3, axis=2)
    image = keras.Input((SIDE, SIDE, 3))
    layer = keras.layers.DepthwiseConv2D(3, padding="same", activation="relu", use_bias=False)
    model = keras.Model(image, layer(image))
    layer.set_weights([kernel])
    return model


def write_samples(folder: Path, part: str, count: int) -> None:
    """Write ``count`` images without sharp edges, and the file that lists them."""
    (folder / part).mkdir(parents=True)
    random = np.random.default_rng(count)
    names = [f"{part}/{number}.png" for number in range(count)]
    for name in names:
        blotches = Image.fromarray(random.integers(0, 256, (6, 6, 3), dtype=np.uint8))
        blotches.resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(folder / name)
    lines = "".join(json.dumps({"picture": name}) + "\n" for name in names)
    (folder / f"{part}.jsonl").write_text(lines)


def write_bundle(target: Path) -> None:
    """Write the bundle that ``satchel convert`` makes of a model folder of this model."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "emboss"
        for part, count in SAMPLES.items():
            write_samples(folder / "samples", part, count)
        embossing().save(folder / "model.keras")
        card = Card(
            name="emboss",
            version="1.0.0",
            task="style-transfer",
            input=ImageInput(SIDE, SIDE, fit="crop"),
            output=ImageOutput(SIDE, SIDE),
        )
        (folder / "card.json").write_bytes(card_to_json(card))
        subprocess.run(
            [
                SATCHEL,
                "convert",
                folder,
                "--out",
                target,
                "--schemes",
                "float32,full_int8",
                "--no-samples",
            ],
            check=True,
        )


if __name__ == "__main__":
    write_bundle(Path(__file__).parent / "style.satchel")
