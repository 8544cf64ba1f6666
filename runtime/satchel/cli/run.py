"""``satchel run``: classifies images and texts, makes images from seeds and from images."""

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from satchel.bundle.reading import open_bundle
from satchel.bundle.task import RawInput
from satchel.bundle.task_table import load_task
from satchel.cli.command import CHECK_FAILED, OK, positive, printable
from satchel.cli.model_arguments import add_model_arguments
from satchel.cli.trust_arguments import add_trust_arguments, trust_of
from satchel.errors import InputError, SatchelError
from satchel.inference.model import open_model
from satchel.inference.selection import asked_model
from satchel.preprocessing.preprocessor import DECODINGS, open_reader

TOP = 3
"""The default number of labels in a line."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", metavar="BUNDLE", help="a .satchel file")
    parser.add_argument(
        "inputs",
        metavar="INPUT",
        nargs="+",
        help="images: files and folders; texts: sentences, .txt files and folders of them; seeds:"
        " whole numbers; - reads inputs from standard input, one a line",
    )
    parser.add_argument("--top", type=positive, metavar="K", help=f"labels a line (default {TOP})")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="the folder for the images that a model makes, as PNG files",
    )
    parser.add_argument(
        "--text",
        action="store_true",
        help="treat every INPUT as a text, even if it looks like a path",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    add_model_arguments(parser)
    parser.add_argument(
        "--threads",
        type=positive,
        metavar="N",
        help="threads of the engine (default 1, or as tuned)",
    )
    add_trust_arguments(parser)
    parser.add_argument(
        "--decoding",
        choices=DECODINGS,
        default="exact",
        help="how JPEG files are decoded: scaled is faster, but pixels differ by a few levels"
        " (default exact)",
    )


def run(args: argparse.Namespace) -> int:
    bundle = open_bundle(args.bundle, trust=trust_of(args))
    card = bundle.card
    task = load_task(card.task)
    if args.text and not task.input.TAKES_TEXTS:
        raise SatchelError(f"Expected no --text for {card.task}: its inputs are not texts.")
    task.output.check_options(card.task, top=args.top, out=args.out)
    if bundle.proven is not None:
        # Only a policy asks for it.
        from satchel.selftest.sandbox import check_isolated

        asked = asked_model(bundle, file=args.model, engine=args.engine, threads=args.threads)
        check_isolated(bundle, model=asked.entry.file, engine=asked.engine)
    model = open_model(bundle, file=args.model, engine=args.engine, threads=args.threads)
    read = open_reader(card, bundle.files, decoding=args.decoding)
    inputs: Iterable[RawInput] = (
        [RawInput(word, word) for word in args.inputs]
        if args.text
        else task.input.raw_inputs(args.inputs, say=_say)
    )
    # All inputs are known before the first file is written, so that no file replaces an input.
    known = list(inputs) if task.output.WRITES_FILES else []
    deliver = task.output.open_delivery(card.output, known, top=args.top or TOP, out=args.out)
    failures = answers = 0
    for each in known or inputs:
        try:
            line, fields = deliver(each, model.predict(read(task.input.load(each.value))))
        except (InputError, OSError) as error:
            _say(str(error))
            failures += 1
            continue
        answers += 1
        if args.json:
            ran = {"model": model.entry.file, "engine": model.engine_name}
            print(json.dumps({"input": each.name, **fields, **ran}), flush=True)
        else:
            print(f"{_shown(each.name)}\t{line}", flush=True)
    if not failures and not answers:
        _say("Expected an input, got none.")
    return OK if answers and not failures else CHECK_FAILED


def _say(line: str) -> None:
    print(printable(f"satchel run: {line}"), file=sys.stderr)


def _shown(name: str) -> str:
    return printable(name if len(name) <= 60 else name[:57] + "...")
