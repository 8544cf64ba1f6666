"""``satchel run``: classifies pictures or texts."""

import argparse
import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from satchel.bundle import Bundle, open_bundle
from satchel.card import ImageInput
from satchel.commands.command import CHECK_FAILED, OK, Command, positive, printable
from satchel.errors import InputError
from satchel.image_classifier import ImageClassifier
from satchel.images import SUFFIXES
from satchel.prediction import Prediction
from satchel.text_classifier import TextClassifier


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", metavar="BUNDLE", help="a .satchel file")
    parser.add_argument(
        "inputs",
        metavar="INPUT",
        nargs="+",
        help="pictures: files and folders; texts: sentences, .txt files and folders of them;"
        " - reads either from standard input, one a line",
    )
    parser.add_argument("--top", type=positive, default=3, metavar="K", help="labels a line (3)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    add_model_arguments(parser)
    parser.add_argument(
        "--threads", type=positive, default=1, metavar="N", help="for the engine (1)"
    )


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --model and --engine, which every command that runs a model has."""
    parser.add_argument("--model", metavar="FILE", help="of the bundle, such as full_int8.tflite")
    parser.add_argument("--engine", metavar="NAME", help="litert, tflite_runtime or onnx")


def run(given: argparse.Namespace) -> int:
    classifier = _open(open_bundle(given.bundle), given)
    failures = 0
    for name, value in _inputs(given.inputs, pictures=isinstance(classifier, ImageClassifier)):
        try:
            predictions = _classify(classifier, value, given.top)
        except (InputError, OSError) as error:
            print(printable(f"satchel run: {error}"), file=sys.stderr)
            failures += 1
            continue
        if given.json:
            print(json.dumps(_as_json(name, predictions, classifier)), flush=True)
        else:
            print(_as_line(name, predictions), flush=True)
    return CHECK_FAILED if failures else OK


def _open(bundle: Bundle, given: argparse.Namespace) -> ImageClassifier | TextClassifier:
    kind = ImageClassifier if isinstance(bundle.card.input, ImageInput) else TextClassifier
    return kind(bundle, model=given.model, engine=given.engine, threads=given.threads)


def _classify(
    classifier: ImageClassifier | TextClassifier, value: str | Path, top: int
) -> list[Prediction]:
    if isinstance(value, Path) and value.is_dir():
        raise InputError(f"Expected files to classify in the folder {str(value)!r}, got none.")
    if isinstance(classifier, ImageClassifier):
        return classifier.classify(value, top=top)
    if isinstance(value, Path):
        value = value.read_text(encoding="utf-8", errors="replace")
    return classifier.classify(value, top=top)


def _inputs(words: list[str], *, pictures: bool) -> Iterator[tuple[str, str | Path]]:
    """Yield a name to print and a picture's path, a text file's path or a text."""
    for word in words:
        if word == "-":
            if isinstance(sys.stdin, io.TextIOWrapper):
                # A file name is bytes to the system; a text that is not UTF-8 is still read.
                sys.stdin.reconfigure(errors="surrogateescape")
            for line in sys.stdin:
                text = line.rstrip("\r\n")
                if text or not pictures:
                    yield text, Path(text) if pictures else text
            continue
        path = Path(word) if pictures or _is_path(word) else None
        if path is None:
            yield word, word
        elif path.is_dir():
            suffixes = SUFFIXES if pictures else {".txt"}
            found = sorted(file for file in path.rglob("*") if file.suffix.lower() in suffixes)
            yield from ((str(file), file) for file in found or [path])
        else:
            yield word, path


def _is_path(word: str) -> bool:
    """Return whether ``word`` is a file or a folder, or is meant to be a file."""
    if word.endswith(".txt") and not re.search(r"\s", word):
        return True
    try:
        return bool(word) and Path(word).exists()
    except (OSError, ValueError):
        # A sentence too long for a path, or with a NUL in it.
        return False


def _as_line(name: str, predictions: list[Prediction]) -> str:
    shown = name if len(name) <= 60 else name[:57] + "..."
    scores = "  ".join(f"{label} {score:.3f}" for label, score in predictions)
    return f"{printable(shown)}\t{scores}"


def _as_json(
    name: str, predictions: list[Prediction], classifier: ImageClassifier | TextClassifier
) -> dict[str, object]:
    return {
        "input": name,
        "predictions": [prediction._asdict() for prediction in predictions],
        "model": classifier.model.entry.file,
        "engine": classifier.model.engine_name,
    }


COMMAND = Command(
    summary="classify pictures or texts",
    example="satchel run digits.satchel seven.png photos/ --top 1",
    add_arguments=add_arguments,
    run=run,
)
