"""``satchel info``: says what is in a bundle and what of it runs here."""

import argparse
import json

from satchel.bundle import open_bundle
from satchel.card import Card, ImageInput, ModelEntry, card_to_json
from satchel.commands.command import OK, Command, printable
from satchel.engines import ENGINES, engine_version, installed_engines
from satchel.model import runs


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", metavar="BUNDLE", help="a .satchel file")
    parser.add_argument("--json", action="store_true", help="the whole card")


def run(given: argparse.Namespace) -> int:
    card = open_bundle(given.bundle).card
    if given.json:
        print(json.dumps(json.loads(card_to_json(card))))
        return OK
    engines = [f"{name} {engine_version(name)}" for name in installed_engines()]
    print(f"{card.name} {card.version}, {card.task}")
    print(f"takes    {_input(card)}")
    print(f"returns  {_labels(card)}")
    print(f"engines  {', '.join(engines) or 'none installed'}")
    for key, value in card.provenance.items():
        shown = value if isinstance(value, str | int) else json.dumps(value)
        print(printable(f"{key:<8} {shown}"))
    print(
        f"\n{'model':<22} {'bytes':>11} {'accuracy':>9} {'drop pp':>8} {'agreement':>10}  runs on"
    )
    for model in card.models:
        print(_row(model))
    return OK


def _input(card: Card) -> str:
    if isinstance(card.input, ImageInput):
        return f"a picture, {card.input.height} x {card.input.width}, {card.input.fit}"
    return printable(f"a text, {card.input.length} tokens split at {card.input.delimiter}")


def _labels(card: Card) -> str:
    labels = card.output.labels
    return f"{len(labels)} labels: {', '.join(labels[:10])}{', ...' if len(labels) > 10 else ''}"


def _row(model: ModelEntry) -> str:
    here = ", ".join(name for name in ENGINES if runs(model, name)) or "nothing"
    found = model.verified
    figures = f"{'-':>9} {'-':>8} {'-':>10}"
    if found:
        figures = f"{found.accuracy:>9.2%} {found.drop_points:>8.2f} {found.agreement:>10.2%}"
    return f"{model.file:<22} {model.size_bytes:>11,} {figures}  {here}"


COMMAND = Command(
    summary="say what is in a bundle and what of it runs here",
    example="satchel info digits.satchel",
    add_arguments=add_arguments,
    run=run,
)
