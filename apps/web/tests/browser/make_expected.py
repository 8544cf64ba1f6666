"""Writes expected.json beside it: what the Python runtime says, for the browser to say the same.

``make web-expected`` runs it.
"""

import base64
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from satchel.bundle.reading import Bundle, open_bundle
from satchel.inference.model import open_model
from satchel.preprocessing.preprocessor import open_reader

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[3]
REVIEW = "I expected little, and it was a wonderful, moving film. Not a dull minute!"
QUESTIONS = (
    ("zoo/mnist.satchel", "zoo/seven.png"),
    ("zoo/cifar100.satchel", "tests/golden/conformance/pictures/odd.png"),
    ("zoo/imdb_lasso.satchel", REVIEW),
    ("zoo/imdb_lstm.satchel", REVIEW),
    ("zoo/imdb_transformer.satchel", REVIEW),
    ("zoo/faces.satchel", 7),
    ("tests/golden/digits.satchel", "tests/golden/seven.png"),
    ("tests/golden/reviews.satchel", REVIEW),
    ("apps/web/tests/browser/style.satchel", "tests/golden/conformance/pictures/odd.png"),
)


def cases() -> Iterable[dict[str, Any]]:
    """Yield, for every model of every bundle, a question and what it answers here."""
    for place, asked in QUESTIONS:
        digest = hashlib.sha256((REPOSITORY / place).read_bytes()).hexdigest()
        bundle = open_bundle(REPOSITORY / place)
        raw: str | bytes | int = asked
        if isinstance(asked, str) and asked.endswith(".png"):
            raw = (REPOSITORY / asked).read_bytes()
        prepared = open_reader(bundle.card, bundle.files)(raw)
        for entry in bundle.card.models:
            answer = open_model(bundle, file=entry.file).answer(prepared)
            case = {"bundle": place, "sha256": digest, "model": entry.file, "asked": asked}
            yield {**case, "dtype": entry.output.dtype, **_spelled(bundle, answer)}


def _spelled(bundle: Bundle, answer: Any) -> dict[str, Any]:
    if bundle.card.output.labels:
        return {"scores": dict(zip(bundle.card.output.labels, answer.tolist(), strict=True))}
    return {"rgb": base64.b64encode(answer.tobytes()).decode()}


if __name__ == "__main__":
    lines = ",\n".join(json.dumps(case) for case in cases())
    (HERE / "expected.json").write_text(f"[\n{lines}\n]\n")
