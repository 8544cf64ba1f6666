"""Compares what the command in Swift says with what `satchel` says, to the last digit.

    python apps/ios/tools/compare_command.py

It needs Swift (bring.sh) and both engines in this Python. It ends with 1 if anything differs.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
SWIFT = (ROOT / "apps/ios/tools/swift.sh", "run", "--skip-build", "satchel-swift")
PYTHON = (Path(sys.executable).parent / "satchel",)
REVIEW = "A really good film, I did like it! caf\u00e9 \u0130\u03a3 \u4e2d\u6587 [MASK]"
BUNDLES = {
    "an image": "zoo/mnist.satchel",
    "keras_tokenizer or vectorization": "zoo/imdb_lstm.satchel",
    "counts of tokens": "zoo/imdb_lasso.satchel",
    "a transformer": "zoo/imdb_transformer.satchel",
    "regex": "tests/golden/reviews.satchel",
    "wordpiece": "apps/web/tests/browser/bert.satchel",
    "characters": "apps/web/tests/browser/hobby.satchel",
}


def main() -> int:
    """Run both commands for each bundle; return 1 if anything differs."""
    runs = [
        ("run", bundle, "zoo/seven.png" if bundle == "zoo/mnist.satchel" else REVIEW, *options)
        for bundle in BUNDLES.values()
        for options in ((), ("--json",))
    ]
    tests = [("selftest", bundle) for bundle in ("zoo/mnist.satchel", "zoo/faces.satchel")]
    odd = [words for words in (*runs, *tests) if not _is_same(words)]
    print(f"{len(runs) + len(tests) - len(odd)} commands say the same in Swift and in Python")
    return 1 if odd else 0


def _is_same(words: tuple[str, ...]) -> bool:
    expected, found = _said(PYTHON, words), _said(SWIFT, words)
    if expected == found:
        return True
    print(f"{words}: Python says\n{expected}Swift says\n{found}", file=sys.stderr)
    return False


def _said(command: tuple[Path | str, ...], words: tuple[str, ...]) -> str:
    # The engines write lines of their own to the other output.
    return subprocess.run(  # noqa: S603 - the commands are our own
        [*command, *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ).stdout


if __name__ == "__main__":
    sys.exit(main())
