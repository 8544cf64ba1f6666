"""Say of each file of others whether it becomes a bundle, and whether the bundle says the same.

    .venv/bin/python benchmarks/world_files.py FOLDER --out docs/world-files.md

FOLDER holds the published files as they are (``tests/helpers/world_files.py`` says which). Each is
converted or packed by the command that a user would type, with nothing but its labels and what its
publisher says of the preprocessing. What the published file itself says of 48 photographs, run by
tf_keras, TensorFlow or LiteRT with preprocessing of a few lines of NumPy, is given as ``--expect``:
so a bundle that says something else is not written. The photographs are in folders of arbitrary
labels, hence ``--accept-accuracy``.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pages import written_by
from PIL import Image

Predict = Callable[[NDArray[np.float32]], NDArray[np.float32]]
PHOTOGRAPHS = 48
SATCHEL = (sys.executable, "-c", "from satchel.cli import main; raise SystemExit(main())")
LUMA = np.float32([0.299, 0.587, 0.114])


class World(NamedTuple):
    """A published file, and what its publisher says of it."""

    file: str
    labels: Sequence[str] | str
    """The labels, the file that holds them, or nothing if the published file has them"""
    size: tuple[int, int] = (0, 0)
    """Height and width in pixels"""
    scale: tuple[float, float] = (0.0, 1.0)
    """The mean and the deviation of the training pixels"""
    grey: bool = False
    options: Sequence[str] = ()


TEN = tuple(map(str, range(10)))
WORDS = (
    "down",
    "go",
    "left",
    "no",
    "off",
    "on",
    "right",
    "stop",
    "up",
    "yes",
    "silence",
    "unknown",
)
CIFAR = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
FILES = (
    World("keras/vww_96.h5", ("no person", "person"), (96, 96), (0, 255)),
    World("keras/pretrainedResnet.h5", CIFAR, (32, 32)),
    World("keras/kws_ref_model", WORDS, (49, 10), grey=True),
    World("keras/str_ww_ref_model.h5", ("marvin", "silence", "other"), (30, 40), grey=True),
    World("keras/ad01.h5", ("normal", "abnormal")),
    World("tflite/vww_96_int8.tflite", ("no person", "person"), (96, 96)),
    World("tflite/pretrainedResnet_quant.tflite", CIFAR, (32, 32)),
    World("tflite/kws_ref_model.tflite", WORDS, (49, 10), grey=True),
    World("tflite/ad01_int8.tflite", ("normal", "abnormal")),
    World("tflite/mobilenet_v1_0.25_128_quant.tflite", "labels/imagenet_labels.txt", (128, 128)),
    World("tflite/tf2_mobilenet_v2_1.0_224_ptq.tflite", "labels/imagenet_labels.txt", (224, 224)),
    World("tflite/keras_lstm_mnist_ptq.tflite", TEN, (28, 28), grey=True),
    World("tflite/mobilenet_v1_0.25_224_1_metadata_1.tflite", (), (224, 224), (127.5, 127.5)),
    World("tflite/mobilenet_v1_0.25_224_quant.tflite", (), (224, 224)),
    World("tflite/automl_labeler_model.tflite", (), (224, 224)),
    World("tflite/test_model_nl_classifier_with_regex_tokenizer.tflite", ()),
    World("tflite/test_model_nl_classifier_with_associated_label_builtin_ops.tflite", ()),
    World(
        "tflite/movie_review.tflite",
        "labels/movie_review_labels.txt",
        options=("--vocabulary", "labels/movie_review_vocab.txt"),
    ),
)


class Row(NamedTuple):
    """One line of the table."""

    file: str
    typed: str
    result: str
    agreement: str
    seconds: float


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    rows = []
    for world in FILES:
        rows.append(_row(world, args.folder))
        print(*rows[-1], sep="\t", flush=True)
    args.out.write_text(_page(rows), encoding="utf-8")


def _row(world: World, folder: Path) -> Row:
    with TemporaryDirectory() as scratch:
        place = Path(scratch)
        typed = _typed(world, folder, place)
        words = list(typed)
        expected = None
        if world.size != (0, 0):
            expected = _expect(world, folder, place)
        if expected is not None:
            words += ["--evaluation", str(place / "evaluation"), "--accept-accuracy"]
            words += ["--expect", str(expected)]
        verb = "convert" if world.file.startswith("keras") else "pack"
        if verb == "convert":
            words += ["--schemes", "float32,dynamic_int8"]
            if expected is None:
                _photographs(folder, place, _labels(world, folder))
                words += ["--evaluation", str(place / "evaluation")]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        ran = subprocess.run(
            [*SATCHEL, verb, str(folder / world.file), *words, "--out", str(place / "x.satchel")],
            capture_output=True,
            text=True,
            check=False,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        shown = " ".join(word.replace(f"{folder}/", "").replace(f"{place}/", "") for word in typed)
        if not (place / "x.satchel").exists():
            line = (ran.stderr.strip().splitlines() or [f"exit {ran.returncode}"])[-1]
            return Row(world.file, shown, f"refused: {line.partition(': ')[2]}", "", seconds)
        return Row(world.file, shown, f"{verb}ed", _agreement(place / "x.satchel"), seconds)


def _typed(world: World, folder: Path, place: Path) -> list[str]:
    """Return the options that a user types: labels, and what the publisher says of the pixels."""
    words = []
    if isinstance(world.labels, str):
        words += ["--labels", str(folder / world.labels)]
    elif world.labels:
        (place / "labels.txt").write_text("\n".join(world.labels) + "\n")
        words += ["--labels", str(place / "labels.txt")]
    if world.scale != (0.0, 1.0) and world.file.startswith("keras"):
        words += ["--mean", f"{world.scale[0]:g}", "--std", f"{world.scale[1]:g}"]
    return words + [str(folder / each) if "/" in each else each for each in world.options]


def _labels(world: World, folder: Path) -> list[str]:
    if not isinstance(world.labels, str):
        return list(world.labels)
    lines = (folder / world.labels).read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip()]


def _photographs(folder: Path, place: Path, labels: Sequence[str]) -> list[Path]:
    """Link photographs into a folder for each of at most eight labels, and return their places."""
    sources = sorted((folder / "imagenet_sample").glob("*.jpg"))
    step = max(1, len(sources) // PHOTOGRAPHS)
    unique = [label for label in labels if list(labels).count(label) == 1 and "/" not in label][:8]
    places = []
    for at, source in enumerate(sources[::step][:PHOTOGRAPHS]):
        target = place / "evaluation" / unique[at % len(unique)] / f"{at}.jpg"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(source.resolve())
        places.append(target)
    return places


def _expect(world: World, folder: Path, place: Path) -> Path:
    """Write what the published file says of the photographs; return the file of predictions."""
    labels = _labels(world, folder) or _labels_in(folder / world.file)
    path = folder / world.file
    keras = world.file.startswith("keras")
    predict = _keras(path) if keras else _litert(path, raw=world.scale == (0.0, 1.0))
    expected = {}
    for photograph in _photographs(folder, place, labels):
        scores = predict(_pixels(photograph, world)).ravel()
        expected[photograph.relative_to(place).as_posix()] = [float(each) for each in scores]
    target = place / "expected.json"
    target.write_text(json.dumps(expected))
    return target


def _pixels(photograph: Path, world: World) -> NDArray[np.float32]:
    """Return an image as its publisher prepares it, float32 (1, height, width, channels)."""
    height, width = world.size
    opened = Image.open(photograph).convert("RGB")
    # In two passes, as a single call chooses their order by the shape in some versions.
    bilinear = Image.Resampling.BILINEAR
    small = opened.resize((width, opened.height), bilinear).resize((width, height), bilinear)
    pixels = np.asarray(small, np.float32)
    if world.grey:
        pixels = pixels @ LUMA[:, np.newaxis]
    return ((pixels - np.float32(world.scale[0])) / np.float32(world.scale[1]))[np.newaxis]


def _keras(path: Path) -> Predict:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tf_keras

    if path.is_dir():
        import tensorflow as tf

        signature = tf.saved_model.load(str(path)).signatures["serving_default"]
        [(name, spec)] = signature.structured_input_signature[1].items()
        return lambda tensor: next(
            iter(signature(**{name: tf.constant(tensor.reshape(_known(spec.shape)))}).values())
        ).numpy()
    model = tf_keras.models.load_model(str(path), compile=False)
    return lambda tensor: np.asarray(
        model(tensor.reshape(_known(model.inputs[0].shape)), training=False)
    )


def _known(shape: Any) -> list[int]:
    return [1, *(int(side) for side in shape[1:])]


def _litert(path: Path, *, raw: bool) -> Predict:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(path))
    interpreter.allocate_tensors()
    [entry], [result] = interpreter.get_input_details(), interpreter.get_output_details()

    def predict(tensor: NDArray[np.float32]) -> NDArray[np.float32]:
        # A state of the model before must not change what it says of this image.
        interpreter.reset_all_variables()
        values = tensor.reshape(entry["shape"])
        if entry["dtype"] == np.int8:
            values = values - 128 if raw else values
        interpreter.set_tensor(
            entry["index"],
            values.round().astype(entry["dtype"]) if entry["dtype"] != np.float32 else values,
        )
        interpreter.invoke()
        found: NDArray[Any] = interpreter.get_tensor(result["index"])
        if result["dtype"] == np.float32:
            return found
        scale, zero_point = result["quantization"]
        return ((found.astype(np.float32) - zero_point) * np.float32(scale)).astype(np.float32)

    return predict


def _labels_in(path: Path) -> list[str]:
    """Return the labels in the ZIP file at the end of a .tflite."""
    import zipfile

    with zipfile.ZipFile(path) as archive:
        [name] = [each for each in archive.namelist() if "label" in each]
        return archive.read(name).decode().splitlines()


def _agreement(bundle: Path) -> str:
    from satchel.bundle import open_bundle

    found = open_bundle(bundle).card.provenance.get("expected")
    if not isinstance(found, dict):
        return "see the tests"
    models = found["models"]
    assert isinstance(models, dict)
    return "; ".join(_cell(file, each) for file, each in models.items() if file != "float model")


def _cell(file: str, found: Any) -> str:
    low, high = found["agreement_ci95"]
    apart = found["largest_difference"]
    return f"{file} {found['agreement']:.0%} ({low:.0%} to {high:.0%}), {apart:.2g} apart"


def _page(rows: Sequence[Row]) -> str:
    lines = [
        "# Files of others",
        "",
        "Each file is as its publisher (MLPerf Tiny, Coral, TFLite Support) offers it. The",
        "command that a user would type converts or packs it and compares the bundle with what the",
        f"published file itself says of {PHOTOGRAPHS} photographs, run by tf_keras, TensorFlow or",
        "LiteRT. The photographs stand in folders of arbitrary labels, so the table says nothing",
        "of accuracy. Texts are compared with published scores, in",
        "`tests/convert/finished_models/test_world_files.py`.",
        "",
        written_by("world_files.py"),
        "Seconds are of processor time, of the command itself.",
        "",
        "| file | typed | result | agreement with the published file | s |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        cells = (row.file, row.typed, row.result, row.agreement, f"{row.seconds:.1f}")
        lines.append("| " + " | ".join(each.replace("|", "\\|") for each in cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
