"""The last answers of the service, for its page: in memory alone, without their inputs."""

import time
from collections import deque
from datetime import UTC, datetime
from typing import Any, NamedTuple

from satchel_pi.http.loaded_model import ModelOutput, ServedModel

MOST_LABEL = 100
"""The most characters of a label that are kept."""


class RecentAnswer(NamedTuple):
    """What is kept of one answer."""

    time: float
    """When it was given, in seconds since 1970."""
    model: str
    version: str
    label: str
    """The best label, or those that a multi-label model chose. Empty if it made an image."""
    score: float | None
    """The probability of the best label. None if the model made an image or chose no label."""
    latency_ms: float
    request_id: str

    def to_json(self) -> dict[str, Any]:
        """Return the fields, with the time as ISO 8601 in UTC."""
        moment = datetime.fromtimestamp(self.time, UTC).isoformat(timespec="milliseconds")
        return {**self._asdict(), "time": moment.replace("+00:00", "Z")}


class RecentAnswers:
    """The last answers, up to a fixed number."""

    def __init__(self, most: int) -> None:
        self._answers: deque[RecentAnswer] = deque(maxlen=most)

    def note(self, model: ServedModel, output: ModelOutput, request_id: str) -> None:
        """Keep what is to be kept of an answer, instead of the oldest one."""
        label, score = _best(output.predictions)
        self._answers.append(
            RecentAnswer(
                time.time(),
                model.name,
                model.card.version,
                label[:MOST_LABEL],
                score,
                round(1000 * output.seconds, 3),
                request_id,
            )
        )

    def to_json(self) -> list[dict[str, Any]]:
        """Return the answers, the newest first."""
        return [each.to_json() for each in reversed(self._answers)]


def _best(predictions: list[dict[str, Any]]) -> tuple[str, float | None]:
    if not predictions:
        return "", None
    if "chosen" not in predictions[0]:
        return predictions[0]["label"], predictions[0]["score"]
    chosen = [each for each in predictions if each["chosen"]]
    if not chosen:
        return "none chosen", None
    return ", ".join(each["label"] for each in chosen), chosen[0]["score"]
