"""``satchel info``: shows what is in a bundle and which of its models run here."""

import argparse
import json
from typing import TYPE_CHECKING, NamedTuple

from satchel.bundle.card import ModelEntry, card_to_json
from satchel.bundle.reading import Bundle, open_bundle
from satchel.bundle.task_table import Task, load_task
from satchel.cli.command import CHECK_FAILED, OK, printable
from satchel.cli.trust_arguments import add_trust_arguments, trust_of
from satchel.engines.engine import ENGINES, engine_version, installed_engines
from satchel.errors import TrustError
from satchel.inference.selection import default_model, runnable, runs

if TYPE_CHECKING:
    from satchel.bundle.trust import Trust


class _Signed(NamedTuple):
    """The signer of a bundle, and whether this device trusts it."""

    signed_by: str | None
    """The fingerprint of the key that signed. None for a bundle without a signature."""
    trusted: bool | None
    """Whether the signer is trusted. None if no trusted keys were named."""
    why: str
    """The text that the command prints: who signed, and whether that signer is trusted."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", metavar="BUNDLE", help="a .satchel file")
    parser.add_argument(
        "--json", action="store_true", help="print the whole card and who signed it"
    )
    add_trust_arguments(parser)


def run(args: argparse.Namespace) -> int:
    trust = trust_of(args)
    bundle = open_bundle(args.bundle)
    card = bundle.card
    signed = _signed(bundle, trust)
    code = CHECK_FAILED if signed.trusted is False else OK
    if args.json:
        said = {"signed_by": signed.signed_by, "trusted": signed.trusted}
        print(json.dumps({**json.loads(card_to_json(card)), **said}))
        return code
    task = load_task(card.task)
    engines = [f"{name} {engine_version(name)}" for name in installed_engines()]
    print(f"{card.name} {card.version}, {card.task}")
    # This line stands before all text that comes from the untrusted bundle.
    print(f"signed   {signed.why}")
    print(printable(f"takes    {task.input.describe(card.input)}"))
    print(printable(f"returns  {task.output.describe(card.output)}"))
    print(f"engines  {', '.join(engines) or 'none installed'}")
    print(f"default  {_default(bundle)}")
    for key, value in card.provenance.items():
        shown = value if isinstance(value, str | int) else json.dumps(value)
        print(printable(f"{key:<8} {shown}"))
    first, second, third = task.output.HEADINGS
    print(f"\n{'model':<22} {'bytes':>11} {first:>9} {second:>8} {third:>10}  runs on")
    for model in card.models:
        print(_row(model, task))
    return code


def _signed(bundle: Bundle, trust: "Trust | None") -> _Signed:
    """Return who signed the bundle, and whether ``trust`` accepts it."""
    signer = None if bundle.signer is None else bundle.signer.fingerprint
    if trust is None:
        return _Signed(signer, None, f"by {signer}, whom --trust may know" if signer else "no")
    from satchel.bundle.trust import check_trusted

    try:
        check_trusted(bundle.card, bundle.signer, trust)
    except TrustError as error:
        return _Signed(signer, False, f"NOT TRUSTED: {error}")
    return _Signed(signer, True, f"by {signer}, trusted")


def _default(bundle: Bundle) -> str:
    """Return in words the model, engine and threads that are used by default, and why."""
    if not runnable(bundle.card):
        return "nothing: no engine here runs it"
    default = default_model(bundle)
    threads = "1 thread" if default.threads == 1 else f"{default.threads} threads"
    why = f"tuned {default.tuned}" if default.tuned else "the first that runs here, not tuned"
    return f"{default.entry.file} in {default.engine} with {threads}: {why}"


def _row(model: ModelEntry, task: Task) -> str:
    here = ", ".join(name for name in ENGINES if runs(model, name)) or "nothing"
    found = model.verified
    first, second, third = ("-", "-", "-") if found is None else task.output.figures(found)
    return f"{model.file:<22} {model.size_bytes:>11,} {first:>9} {second:>8} {third:>10}  {here}"
