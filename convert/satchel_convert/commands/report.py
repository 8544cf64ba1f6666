"""``satchel report``: writes the report that ``convert`` packed in a bundle, to read it."""

import argparse
import sys
import webbrowser
from pathlib import Path

from satchel.bundle import open_bundle
from satchel.cli import OK, add_trust_argument, trust_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``satchel report``."""
    parser.add_argument("bundle", metavar="BUNDLE", type=Path, help="a .satchel file")
    parser.add_argument(
        "--out", metavar="FILE", type=Path, help="the page to write (BUNDLE.report.html)"
    )
    parser.add_argument(
        "--open", action="store_true", help="also open it in the browser of this machine"
    )
    add_trust_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Write the page and say where it is."""
    from satchel_convert import save_report
    from satchel_convert.pipeline.verifying import page_beside

    page = args.out or page_beside(args.bundle)
    save_report(open_bundle(args.bundle, trust=trust_of(args)), page)
    print(f"report: {page}", file=sys.stderr)
    if args.open and not webbrowser.open(page.absolute().as_uri()):
        print(f"no browser was found here: open {page} yourself", file=sys.stderr)
    return OK
