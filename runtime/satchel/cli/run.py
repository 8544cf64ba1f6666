"""``satchel run``: classifies pictures and texts, makes pictures of seeds and of pictures."""

import argparse
import json
import sys
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any, TypeAlias

from numpy.typing import NDArray

from satchel.bundle.card import Card, LabelOutput, TextInput
from satchel.bundle.reading import open_bundle
from satchel.cli.command import CHECK_FAILED, OK, positive, printable
from satchel.cli.model_arguments import add_model_arguments
from satchel.cli.raw_inputs import RawInput, load, raw_inputs
from satchel.cli.trust_arguments import add_trust_arguments, trust_of
from satchel.errors import InputError, SatchelError
from satchel.inference.model import open_model
from satchel.inference.prediction import top_k
from satchel.preprocessing.images import to_png
from satchel.preprocessing.jpeg_scaling import DECODINGS
from satchel.preprocessing.preprocessor import open_reader
from satchel.writing import check_writable, make_folder, write_atomically

TOP = 3
"""Labels a line, by default"""

Deliver: TypeAlias = Callable[[RawInput, NDArray[Any]], tuple[str, dict[str, Any]]]
"""An input and the answer to it, to what a line of text and a line of JSON say of it"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", metavar="BUNDLE", help="a .satchel file")
    parser.add_argument(
        "inputs",
        metavar="INPUT",
        nargs="+",
        help="pictures: files and folders; texts: sentences, .txt files and folders of them; seeds:"
        " whole numbers; - reads any of them from standard input, one a line",
    )
    parser.add_argument("--top", type=positive, metavar="K", help=f"labels a line ({TOP})")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="the folder for a model's pictures: PNG files"
    )
    parser.add_argument(
        "--text", action="store_true", help="every INPUT is a text, also what looks like a path"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    add_model_arguments(parser)
    parser.add_argument(
        "--threads", type=positive, metavar="N", help="for the engine (1, or as tuned)"
    )
    add_trust_arguments(parser)
    parser.add_argument(
        "--decoding",
        choices=DECODINGS,
        default="exact",
        help="of JPEG files: scaled is faster, a few levels of pixels off (exact)",
    )


def run(given: argparse.Namespace) -> int:
    bundle = open_bundle(given.bundle, trust=trust_of(given))
    card = bundle.card
    _check_words(given, card)
    model = open_model(bundle, file=given.model, engine=given.engine, threads=given.threads)
    read = open_reader(card.input, bundle.files, decoding=given.decoding)
    inputs: Iterable[RawInput] = (
        [RawInput(word, word) for word in given.inputs]
        if given.text
        else raw_inputs(given.inputs, card.input)
    )
    if isinstance(card.output, LabelOutput):
        deliver = _labels(card.output, given.top or TOP)
    else:
        # All of them are known before the first picture is written: none may take its place.
        inputs = list(inputs)
        deliver = _pictures(given.out, inputs)
    failures = 0
    for each in inputs:
        try:
            line, fields = deliver(each, model.answer(read(load(each.value, card.input))))
        except (InputError, OSError) as error:
            print(printable(f"satchel run: {error}"), file=sys.stderr)
            failures += 1
            continue
        if given.json:
            ran = {"model": model.entry.file, "engine": model.engine_name}
            print(json.dumps({"input": each.name, **fields, **ran}), flush=True)
        else:
            print(f"{_shown(each.name)}\t{line}", flush=True)
    return CHECK_FAILED if failures else OK


def _check_words(given: argparse.Namespace, card: Card) -> None:
    """Raise SatchelError for an option that the bundle's task has no use for, or lacks."""
    if given.text and not isinstance(card.input, TextInput):
        raise SatchelError(f"Expected no --text for {card.task}: it takes no texts.")
    if isinstance(card.output, LabelOutput):
        if given.out is not None:
            raise SatchelError(f"Expected no --out for {card.task}: its labels are printed.")
        return
    if given.top is not None:
        raise SatchelError(f"Expected no --top for {card.task}: it has no labels.")
    if given.out is None:
        raise SatchelError(f"Expected --out DIR for {card.task}: where to write its pictures.")


def _labels(output: LabelOutput, top: int) -> Deliver:
    """Return what names the ``top`` labels of an answer."""

    def deliver(_: RawInput, scores: NDArray[Any]) -> tuple[str, dict[str, Any]]:
        predictions = top_k(scores, output.labels, top)
        line = "  ".join(f"{label} {score:.3f}" for label, score in predictions)
        return line, {"predictions": [prediction._asdict() for prediction in predictions]}

    return deliver


def _pictures(folder: Path, inputs: Collection[RawInput]) -> Deliver:
    """Return what writes an answer to ``folder``, in no other one's place and in no input's."""
    make_folder(folder)
    check_writable(folder / "picture.png")
    taken = {each.value.resolve() for each in inputs if isinstance(each.value, Path)}

    def deliver(each: RawInput, pixels: NDArray[Any]) -> tuple[str, dict[str, Any]]:
        target = folder / _file_name(each.value)
        if target.resolve() in taken:
            raise InputError(
                f"Expected another --out for {each.name!r}, {str(target)!r} is an input too,"
                " or was just written."
            )
        write_atomically(to_png(pixels), target)
        taken.add(target.resolve())
        return str(target), {"output": str(target)}

    return deliver


def _file_name(value: Path | str | int) -> str:
    return f"{value.stem}-styled.png" if isinstance(value, Path) else f"seed-{value}.png"


def _shown(name: str) -> str:
    return printable(name if len(name) <= 60 else name[:57] + "...")
