"""Finds events in what a camera sees: a label is there, from one frame to another."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from satchel_pi.camera.watcher import Sighting

if TYPE_CHECKING:
    from satchel.bundle import LabelOutput

Reason: TypeAlias = Literal["score", "label", "gap", "model", "stopped"]
DIGITS = 6
"""The number of digits of a score in an event."""


class Event(NamedTuple):
    """The begin or the end of a label. The fields are those of a line, in their order."""

    time: str
    """The time of its frame in UTC, as 2026-11-30T20:15:00.042Z."""
    event: Literal["begin", "end"]
    label: str
    id: str | None
    """The distinct name of the label, for models whose labels repeat."""
    score: float
    """The probability of the label in this frame, 0 to 1."""
    smoothed_score: float
    """The same, smoothed over the frames. It decides. Without smoothing it is ``score``."""
    frame: int
    """The number of the frame in its source, from 0."""
    source: str
    model: str
    version: str
    """The version of the model that classified this frame."""
    duration_s: float | None
    """The seconds since the begin. None at the begin."""
    reason: Reason | None
    """Why it ended. None at the begin.

    ``score``: the label fell below its threshold. ``label``: another one took its place. ``gap``:
    no frame was classified for a while. ``model``: a new version has the next frame. ``stopped``:
    the source or the command has ended. In the last three, the event ends with the last frame that
    had the label.
    """

    def to_json(self) -> dict[str, Any]:
        """Return the fields by name, without ``id`` if it is None."""
        fields = self._asdict()
        if self.id is None:
            del fields["id"]
        return fields


class EventDetector:
    """Tells when labels come and go. A label at its threshold does not flicker.

    A label begins when its smoothed score reaches the threshold ``begin``, and ends below
    ``begin - margin``, or below the half of ``begin`` for small thresholds. Of a model for which
    only one label can be right, the best one begins. Another label takes its place only when it
    reaches the threshold too, and leads by ``margin``. Labels of a multi-label model come and go
    each by itself. When no label reaches its threshold, what is seen is unknown: there is no event.
    """

    def __init__(
        self,
        *,
        source: str,
        threshold: float | None,
        margin: float,
        gap_s: float,
        settle_s: float = 0.0,
    ) -> None:
        """Begin without a label.

        ``threshold``, 0 to 1, takes the place of the card's thresholds; None is these, or 0.5.
        Labels end when no frame was classified for more than ``gap_s`` seconds. None begins in the
        first ``settle_s`` seconds of a source, after a gap and with a new version: the mean of two
        frames is not smooth yet, and a camera's first frames are often dark.
        """
        self._source = source
        self._threshold = threshold
        self._margin = margin
        self._gap_s = gap_s
        self._settle_s = settle_s
        self._since = 0.0
        """The time of the first frame after the start, a gap or a new version."""
        self._begun: dict[int, float] = {}
        """The labels that are there, by their positions, and since when."""
        self._begins = self._ends = np.zeros(0)
        self._last: Sighting | None = None

    def see(self, sighting: Sighting) -> list[Event]:
        """Return the events of this frame: ends first, then begins, in the order of the labels."""
        if sighting.result.error is not None:
            return []
        events = []
        if self._last is None or self._last.card is not sighting.card:
            events += self.end("model")
            self._begins, self._ends = _thresholds(_output(sighting), self._threshold, self._margin)
            self._since = sighting.at
        elif sighting.at - self._last.at > self._gap_s:
            events += self.end("gap")
            self._since = sighting.at
        self._last = sighting
        if sighting.at - self._since < self._settle_s:
            return events
        there = self._there(sighting)
        for position in sorted(self._begun.keys() - there):
            is_low = sighting.smoothed[position] < self._ends[position]
            events.append(self._end(position, sighting, "score" if is_low else "label"))
        for position in sorted(there - self._begun.keys()):
            self._begun[position] = sighting.at
            events.append(self._event("begin", position, sighting, None, None))
        return events

    def end(self, reason: Reason = "stopped") -> list[Event]:
        """Return the ends of all labels that are there, with the last frame that had them."""
        last = self._last
        if last is None:
            return []
        return [self._end(position, last, reason) for position in sorted(self._begun)]

    def _there(self, sighting: Sighting) -> set[int]:
        """Return the positions of the labels that are there after this frame."""
        smoothed = sighting.smoothed
        if _output(sighting).multi_label:
            held = np.zeros(smoothed.shape, bool)
            held[list(self._begun)] = True
            return set(
                np.flatnonzero(smoothed >= np.where(held, self._ends, self._begins)).tolist()
            )
        best = int(smoothed.argmax())
        begins = bool(smoothed[best] >= self._begins[best])
        for held_one in self._begun:
            leads = smoothed[best] >= smoothed[held_one] + self._margin
            if smoothed[held_one] >= self._ends[held_one] and not (begins and leads):
                return {held_one}
        return {best} if begins else set()

    def _end(self, position: int, sighting: Sighting, reason: Reason) -> Event:
        duration_s = round(sighting.at - self._begun.pop(position), 3)
        return self._event("end", position, sighting, duration_s, reason)

    def _event(
        self,
        what: Literal["begin", "end"],
        position: int,
        sighting: Sighting,
        duration_s: float | None,
        reason: Reason | None,
    ) -> Event:
        card, output = sighting.card, _output(sighting)
        return Event(
            time=utc(sighting.time),
            event=what,
            label=output.labels[position],
            id=output.ids[position] if output.ids else None,
            score=round(float(sighting.scores[position]), DIGITS),
            smoothed_score=round(float(sighting.smoothed[position]), DIGITS),
            frame=sighting.result.number,
            source=self._source,
            model=card.name,
            version=card.version,
            duration_s=duration_s,
            reason=reason,
        )


def _output(sighting: Sighting) -> "LabelOutput":
    return cast("LabelOutput", sighting.card.output)


def _thresholds(
    output: "LabelOutput", threshold: float | None, margin: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the scores at which each label begins and ends, (labels,)."""
    count = len(output.labels)
    begins = np.array(
        [output.threshold(each) if threshold is None else threshold for each in range(count)]
    )
    # A label with a threshold below the margin would never end.
    return begins, np.maximum(begins - margin, begins / 2)


def utc(seconds: float) -> str:
    """Return seconds since 1970 as a time in UTC with milliseconds, by ISO 8601.

    >>> utc(0.0429)
    '1970-01-01T00:00:00.042Z'
    """
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
