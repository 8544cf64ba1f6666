"""Samples for MLPerf Tiny's reference models, and what their own engines say of them."""

import numpy as np
from PIL import Image

from helpers.world_files import WORLD

SAMPLES = 200


def photographs(*, height, width, mode="RGB"):
    """Return every fifth photograph at that size, uint8 (200, height, width) or with 3 colours."""
    paths = sorted((WORLD / "imagenet_sample").glob("*.jpg"))[:: 1000 // SAMPLES]
    return np.stack(
        [np.asarray(Image.open(path).convert(mode).resize((width, height))) for path in paths]
    )


def litert_scores(name, pixels, *, scale=1.0, offset=0.0):
    """Return what LiteRT alone says of ``scale * pixels + offset``, float32 (n, labels)."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(WORLD / "tflite" / name))
    interpreter.allocate_tensors()
    inside, outside = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    in_scale, in_zero = inside["quantization"]
    out_scale, out_zero = outside["quantization"]
    scores = []
    for image in pixels:
        levels = np.round((scale * image.astype(np.float64) + offset) / in_scale) + in_zero
        tensor = levels.clip(-128, 127).astype(np.int8).reshape(inside["shape"])
        interpreter.set_tensor(inside["index"], tensor)
        interpreter.invoke()
        said = interpreter.get_tensor(outside["index"])[0]
        scores.append((said.astype(np.float32) - out_zero) * np.float32(out_scale))
    return np.stack(scores)


def write_samples(folder, pixels, scores, labels):
    """Write each image into the folder of the label that ``scores`` says; return the paths."""
    paths = []
    for number, (image, row) in enumerate(zip(pixels, scores, strict=True)):
        place = folder / labels[int(row.argmax())]
        place.mkdir(parents=True, exist_ok=True)
        paths.append(place / f"{number:03}.png")
        Image.fromarray(image).save(paths[-1])
    return paths


def bundle_scores(classifier, paths):
    return np.stack([classifier.scores(path) for path in paths])


def agreement(some, other):
    return np.mean(some.argmax(1) == other.argmax(1))
