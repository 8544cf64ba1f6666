"""Folders of the tiny models, with samples that tell them apart."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from helpers.tiny_models import (
    HEIGHT,
    WIDTH,
    WORDS,
    generator_model,
    image_model,
    style_model,
    text_model,
)
from satchel.bundle.card import Card, card_to_json
from satchel.bundle.image_input import ImageInput
from satchel.bundle.image_output import ImageOutput
from satchel.bundle.label_output import LabelOutput
from satchel.bundle.latent_input import LatentInput
from satchel.bundle.text_input import TextInput
from satchel.preprocessing import RegexSpec
from satchel_convert.float_models.predictions import reference_predictions
from satchel_convert.keras_models.float_model import load_reference
from satchel_convert.model_folder import open_model_folder, prepare

VOCABULARY = "".join(f"{word} {number}\n" for number, word in enumerate(WORDS))
BANDS_CARD = Card(
    name="bands",
    version="1.0.0",
    task="image-classification",
    input=ImageInput(HEIGHT, WIDTH, channels=1, background=(0, 0, 0), scale=(1 / 255,)),
    output=LabelOutput(("left", "middle", "right")),
    provenance={"seed": 7},
)
OPINIONS_CARD = Card(
    name="opinions",
    version="1.0.0",
    task="text-classification",
    input=TextInput(6, RegexSpec(r"[^\w']+", "vocabulary.txt")),
    output=LabelOutput(("negative", "positive")),
    provenance={"seed": 7},
)
FACES_CARD = Card(
    name="faces",
    version="1.0.0",
    task="image-generation",
    input=LatentInput(8),
    output=ImageOutput(16, 16, scale=(127.5,), offset=(127.5,)),
    provenance={"seed": 7},
)
STYLES_CARD = Card(
    name="styles",
    version="1.0.0",
    task="style-transfer",
    input=ImageInput(16, 16, fit="crop", scale=(1 / 127.5,), offset=(-1.0,)),
    output=ImageOutput(16, 16, channels=1, scale=(255.0,)),
    provenance={"seed": 7},
)
MISLABELLED = 2
"""Of the evaluation samples, so that no accuracy is 1"""


def blotches(count, *, seed):
    """Return coloured images without an edge, uint8 (count, 20, 24, 3)."""
    random = np.random.default_rng(seed)
    small = random.integers(0, 256, (count, 5, 6, 3), dtype=np.uint8)
    return [np.asarray(Image.fromarray(each).resize((24, 20))) for each in small]


def band_images(count, *, seed):
    """Return coloured images, uint8 (count, height, width, 3), whose band is at ``index % 3``."""
    random = np.random.default_rng(seed)
    images = random.integers(0, 60, (count, HEIGHT, WIDTH, 3))
    for index in range(count):
        band = 3 * (index % 3)
        tint = random.integers(140, 256, 3)
        images[index, :, band : band + 3] = np.minimum(tint, 255)
    return images.astype(np.uint8)


def opinions(part, count):
    """Return ``count`` texts with their labels."""
    pairs = [
        (f"great good film {part} number {number}", "positive")
        if number % 2
        else (f"The awful, bad plot {part} number {number}", "negative")
        for number in range(count)
    ]
    return [*pairs, (f"good {part}", "positive"), (f"bad {part}", "negative")]


def write_model_folder(folder, *, model, card, samples, vocabulary=None):
    """Write a model folder; ``samples`` is part to pairs of a raw input and its label or None."""
    (folder / "samples").mkdir(parents=True)
    model.save(folder / "model.keras")
    (folder / "card.json").write_bytes(card_to_json(card))
    if vocabulary is not None:
        (folder / "vocabulary.txt").write_text(vocabulary, encoding="utf-8")
    for part, pairs in samples.items():
        lines = []
        for number, (value, label) in enumerate(pairs):
            labelled = {} if label is None else {"label": label}
            if isinstance(value, str | int):
                lines.append({"text" if isinstance(value, str) else "seed": value, **labelled})
                continue
            file = Path(part) / f"{number:03}.png"
            (folder / "samples" / part).mkdir(exist_ok=True)
            Image.fromarray(value).save(folder / "samples" / file)
            lines.append({"picture": file.as_posix(), **labelled})
        content = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / "samples" / f"{part}.jsonl").write_text(content, encoding="utf-8")
    return folder


class Tiny(NamedTuple):
    """A model folder, and what verification and the converters start from."""

    path: Path
    folder: object
    model: object
    """Keras's, as loaded from the folder"""
    calibration: np.ndarray
    inputs: np.ndarray
    expected: np.ndarray
    """The float model's answers to ``inputs``"""


def tiny(path):
    folder = open_model_folder(path)
    inputs = prepare(folder, [sample.value for sample in folder.evaluation])
    return Tiny(
        path,
        folder,
        load_reference(folder.model_path),
        prepare(folder, [sample.value for sample in folder.calibration]),
        inputs,
        reference_predictions(folder.model_path, folder.card, inputs),
    )


def write_bands(path):
    """Write the image model's folder and return it as a Tiny."""
    labels = BANDS_CARD.output.labels
    samples = {
        part: [(image, labels[at % 3]) for at, image in enumerate(band_images(n, seed=n))]
        for part, n in (("calibration", 12), ("evaluation", 24))
    }
    for at in range(MISLABELLED):
        image, label = samples["evaluation"][at]
        samples["evaluation"][at] = (image, labels[labels.index(label) - 1])
    return tiny(write_model_folder(path, model=image_model(), card=BANDS_CARD, samples=samples))


def write_opinions(path):
    """Write the text model's folder and return it as a Tiny."""
    samples = {part: opinions(part, n) for part, n in (("calibration", 8), ("evaluation", 18))}
    for at in range(MISLABELLED):
        text, label = samples["evaluation"][at]
        other = "negative" if label == "positive" else "positive"
        samples["evaluation"][at] = (text, other)
    return tiny(
        write_model_folder(
            path, model=text_model(), card=OPINIONS_CARD, samples=samples, vocabulary=VOCABULARY
        )
    )


def write_faces(path):
    """Write the generator's folder and return it as a Tiny."""
    seeds = {"calibration": range(1000, 1016), "evaluation": range(8)}
    samples = {part: [(seed, None) for seed in numbers] for part, numbers in seeds.items()}
    return tiny(write_model_folder(path, model=generator_model(), card=FACES_CARD, samples=samples))


def write_styles(path):
    """Write the style model's folder and return it as a Tiny."""
    samples = {
        part: [(image, None) for image in blotches(n, seed=n)]
        for part, n in (("calibration", 12), ("evaluation", 6))
    }
    return tiny(write_model_folder(path, model=style_model(), card=STYLES_CARD, samples=samples))
