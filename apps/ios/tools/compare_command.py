"""Compares what the command in Swift says with what `satchel` says, to the last digit.

    python apps/ios/tools/compare_command.py

It needs Swift (bring.sh) and both engines in this Python. It ends with 1 if anything differs, and
if a command fails: two commands that fail say the same, namely nothing.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
SWIFT = (ROOT / "apps/ios/tools/swift.sh", "run", "--skip-build", "satchel-swift")
PYTHON = (Path(sys.executable).parent / "satchel",)
REVIEW = "A really good film, I did like it! caf\u00e9 \u0130\u03a3 \u4e2d\u6587 [MASK]"
PICTURES = "tests/golden/conformance/pictures"
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
    # All values of EXIF orientation, in both formats that the command reads.
    pictures = [f"{PICTURES}/orientation_{n}.{end}" for end in ("jpg", "png") for n in range(1, 9)]
    runs += [("run", f"zoo/{name}.satchel", *pictures, "--json") for name in ("mnist", "cifar100")]
    tests = [("selftest", bundle) for bundle in ("zoo/mnist.satchel", "zoo/faces.satchel")]
    odd = [words for words in (*runs, *tests) if not _is_same(words)]
    print(f"{len(runs) + len(tests) - len(odd)} commands say the same in Swift and in Python")
    return 1 if odd else 0


def _is_same(words: tuple[str, ...]) -> bool:
    (status, expected), (status_here, found) = _said(PYTHON, words), _said(SWIFT, words)
    if expected and expected == found and status == status_here == 0:
        return True
    print(
        f"{words}: Python ends with {status} and says\n{expected}"
        f"Swift ends with {status_here} and says\n{found}",
        file=sys.stderr,
    )
    return False


def _said(command: tuple[Path | str, ...], words: tuple[str, ...]) -> tuple[int, str]:
    """Return the exit status of a command and what it printed."""
    # The engines write lines of their own to the other output.
    ended = subprocess.run(  # noqa: S603 - the commands are our own
        [*command, *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    return ended.returncode, ended.stdout


if __name__ == "__main__":
    sys.exit(main())
