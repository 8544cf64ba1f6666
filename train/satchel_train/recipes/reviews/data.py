"""Reads this project's own reviews, and their split, from ``reviews.jsonl`` in this folder."""

import hashlib
import json
from importlib.resources import files

from satchel_train.data.samples import Parts, Samples, text_samples

LABELS = ("negative", "positive")


def read_parts() -> tuple[Parts, str]:
    """Return the split texts and the file's SHA-256. The calibration part validates, too."""
    content = files(__package__).joinpath("reviews.jsonl").read_bytes()
    reviews = [json.loads(line) for line in content.decode().rstrip("\n").split("\n")]
    calibration = _part(reviews, "calibration")
    parts = Parts(_part(reviews, "train"), calibration, calibration, _part(reviews, "test"))
    return parts, hashlib.sha256(content).hexdigest()


def _part(reviews: list[dict[str, str]], split: str) -> Samples:
    chosen = [review for review in reviews if review["split"] == split]
    return text_samples(
        [review["text"] for review in chosen],
        [LABELS.index(review["label"]) for review in chosen],
    )
