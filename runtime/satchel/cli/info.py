"""``satchel info``: shows what is in a bundle, who vouches for it, and which models run here."""

import argparse
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from satchel.bundle.card import ModelEntry, card_to_json
from satchel.bundle.policy_places import policies_here
from satchel.bundle.reading import Bundle, check_entries, check_files, read_entries
from satchel.bundle.task_table import Task, load_task
from satchel.cli.command import CHECK_FAILED, OK, printable
from satchel.cli.quoting import quoted
from satchel.cli.trust_arguments import add_trust_arguments, trust_of
from satchel.engines.engine import ENGINES, engine_version, installed_engines
from satchel.errors import TrustError
from satchel.inference.selection import default_model, runnable, runs

if TYPE_CHECKING:
    from satchel.bundle.policy import Policy
    from satchel.bundle.trust import Trust


class _Signed(NamedTuple):
    """The signer of a bundle, and whether --trust names it."""

    signed_by: str | None
    """The fingerprint of the key that signed. None for a bundle without a signature."""
    trusted: bool | None
    """Whether the signer is trusted. None if no trusted keys were named."""
    why: str
    """The text that the command prints: who signed, and whether that signer is trusted."""


class _Verdict(NamedTuple):
    """The answer of one policy to a bundle."""

    policy: str
    """The file of the policy."""
    opened: bool
    """Whether the policy lets the bundle in."""
    why: str
    """The rules that let it in, or the reason why it is refused."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", metavar="BUNDLE", help="a .satchel file")
    parser.add_argument(
        "--json",
        action="store_true",
        help="print the whole card, who signed it and what each policy says",
    )
    parser.add_argument(
        "--verify",
        action="store_true",
        help="read every file of the bundle, and check that it is what the card says",
    )
    add_trust_arguments(parser)


def run(args: argparse.Namespace) -> int:
    trust, policies = trust_of(args), policies_here()
    # Not open_bundle: a bundle that a policy refuses is shown with the reason. No model runs.
    bundle = check_entries(read_entries(args.bundle))
    if args.verify:
        check_files(bundle)
    signed = _signed(bundle, trust, policies)
    verdicts = [_verdict(bundle, policy) for policy in policies]
    if args.json:
        print(json.dumps(_fields(bundle, signed, verdicts, whole=args.verify)))
    else:
        _print(bundle, signed, verdicts, whole=args.verify)
    refused = signed.trusted is False or not all(each.opened for each in verdicts)
    return CHECK_FAILED if refused else OK


def _fields(
    bundle: Bundle, signed: _Signed, verdicts: Sequence[_Verdict], *, whole: bool
) -> dict[str, Any]:
    return {
        **json.loads(card_to_json(bundle.card)),
        "signed_by": signed.signed_by,
        "trusted": signed.trusted,
        "verified_files": len(bundle.files) if whole else None,
        "policies": [each._asdict() for each in verdicts],
    }


def _print(bundle: Bundle, signed: _Signed, verdicts: Sequence[_Verdict], *, whole: bool) -> None:
    """Print what this device knows, then what the bundle says of itself, each line behind a bar."""
    card = bundle.card
    task = load_task(card.task)
    engines = [f"{name} {engine_version(name)}" for name in installed_engines()]
    print(f"{card.name} {card.version}, {card.task}")
    print(f"signed   {signed.why}")
    for each in verdicts:
        print(printable(f"policy   {each.policy}: {'' if each.opened else 'REFUSED: '}{each.why}"))
    if not verdicts:
        print("policy   no policy: every bundle is opened here")
    if whole:
        print(f"files    all {len(bundle.files)} are what the card says")
    print(f"engines  {', '.join(engines) or 'none installed'}")
    print(f"default  {_default(bundle)}")
    print("\nin the bundle's own words:")
    print(quoted("takes", task.input.describe(card.input)))
    print(quoted("returns", task.output.describe(card.output)))
    for key, value in card.provenance.items():
        print(quoted(key, value if isinstance(value, str) else json.dumps(value)))
    first, second, third = task.output.HEADINGS
    print(f"\n  {'model':<22} {'bytes':>11} {first:>9} {second:>8} {third:>10}  runs on")
    for model in card.models:
        print(_row(model, task))


def _signed(bundle: Bundle, trust: "Trust | None", policies: "Sequence[Policy]") -> _Signed:
    """Return who signed the bundle, and whether ``trust`` accepts it."""
    signer = None if bundle.signer is None else bundle.signer.fingerprint
    if trust is None:
        known = "" if policies else ", whom --trust may know"
        return _Signed(signer, None, f"by {signer}{known}" if signer else "no")
    from satchel.bundle.trust import check_trusted

    try:
        check_trusted(bundle.card, bundle.signer, trust)
    except TrustError as error:
        return _Signed(signer, False, f"NOT TRUSTED: {error}")
    return _Signed(signer, True, f"by {signer}, trusted")


def _verdict(bundle: Bundle, policy: "Policy") -> _Verdict:
    from satchel.bundle.policy import admit

    try:
        rule = admit(bundle.card, bundle.signer, policy).rule
    except TrustError as error:
        return _Verdict(policy.place, False, str(error))
    return _Verdict(policy.place, True, rule)


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
    return f"  {model.file:<22} {model.size_bytes:>11,} {first:>9} {second:>8} {third:>10}  {here}"
