"""Writes expected.json beside it: the predictions of the Python runtime, to compare a browser with.

``make web-expected`` runs it.
"""

import base64
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from satchel.bundle import Bundle, open_bundle
from satchel.inference import open_model
from satchel.preprocessing import open_reader

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[3]
REVIEW = "I expected little, and it was a wonderful, moving film. Not a dull minute!"
INPUTS = (
    ("zoo/mnist.satchel", "zoo/seven.png"),
    ("zoo/cifar100.satchel", "tests/golden/conformance/pictures/odd.png"),
    ("zoo/imdb_lasso.satchel", REVIEW),
    ("zoo/imdb_lstm.satchel", REVIEW),
    ("zoo/imdb_transformer.satchel", REVIEW),
    ("zoo/faces.satchel", 7),
    ("tests/golden/digits.satchel", "tests/golden/seven.png"),
    ("tests/golden/reviews.satchel", REVIEW),
    ("apps/web/tests/browser/bert.satchel", "A great, great film, not AWFUL!"),
    ("apps/web/tests/browser/official.satchel", "A GOOD film, a <br />great plot!"),
    ("apps/web/tests/browser/hobby.satchel", "A GOOD film, a <br />great plot!"),
    ("apps/web/tests/browser/style.satchel", "tests/golden/conformance/pictures/odd.png"),
)


def cases() -> Iterable[dict[str, Any]]:
    """Yield a case for every model of every bundle: an input and its prediction here."""
    for place, sample in INPUTS:
        digest = hashlib.sha256((REPOSITORY / place).read_bytes()).hexdigest()
        bundle = open_bundle(REPOSITORY / place)
        raw: str | bytes | int = sample
        if isinstance(sample, str) and sample.endswith(".png"):
            raw = (REPOSITORY / sample).read_bytes()
        prepared = open_reader(bundle.card, bundle.files)(raw)
        for entry in bundle.card.models:
            prediction = open_model(bundle, file=entry.file).predict(prepared)
            case = {"bundle": place, "sha256": digest, "model": entry.file, "input": sample}
            yield {**case, "dtype": entry.output.dtype, **_as_json(bundle, prediction)}


def _as_json(bundle: Bundle, prediction: Any) -> dict[str, Any]:
    if bundle.card.output.labels:
        return {"scores": dict(zip(bundle.card.output.labels, prediction.tolist(), strict=True))}
    return {"rgb": base64.b64encode(prediction.tobytes()).decode()}


if __name__ == "__main__":
    lines = ",\n".join(json.dumps(case) for case in cases())
    (HERE / "expected.json").write_text(f"[\n{lines}\n]\n")
