"""Classifies images or texts."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from satchel.inference.prediction import Prediction, best_labels
from satchel.tasks.base import Runner

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from satchel.bundle.label_output import LabelOutput
    from satchel.inference.model import Model
    from satchel.tasks.stream import FrameResult

ContentT = TypeVar("ContentT")

MAX_COPIES_BYTES = 1 << 26
"""The largest total size of a model's copies when several cores classify. An engine needs about
twice the size of its file."""
WORTH_A_THREAD_SECONDS = 0.001
"""The shortest time of a classification for which a second thread pays. Handing an input over and
the prediction back costs a tenth of it."""


class Classifier(Runner, Generic[ContentT]):
    """Gives an image or a text the labels of a bundle, each with a probability.

    A multi-label model may find any number of labels at once: ``Prediction.chosen`` says which.
    """

    def classify(self, content: ContentT, *, top: int | None = None) -> list[Prediction]:
        """Return the ``top`` labels (all if None) for one image or text, best first.

        Raises InputError if it is neither, is damaged or too large.
        """
        return best_labels(self.scores(content), self._output(), top)

    def classify_many(
        self, contents: Iterable[ContentT], *, top: int | None = None
    ) -> list[list[Prediction]]:
        """Return the result of ``classify`` for each of ``contents``, in their order.

        It uses all cores, like ``classify_each``. Raises the first error of ``classify``.
        """
        return list(self.classify_each(contents, top=top))

    def classify_each(
        self, contents: Iterable[ContentT], *, top: int | None = None
    ) -> Iterator[list[Prediction]]:
        """Yield the result of ``classify`` for each of ``contents``, in their order.

        All cores read and classify, a few contents ahead of the caller, so any number of contents
        needs the same memory. Raises what ``classify`` raises, in the place of that result.
        """
        # One content is classified without it.
        from satchel.device.hardware import usable_cores

        contents = iter(contents)
        workers = max(1, usable_cores() // (self.model.threads or 1))
        slow = 0
        for content in contents:
            started = time.perf_counter()
            prediction = self.classify(content, top=top)
            slow += time.perf_counter() - started > WORTH_A_THREAD_SECONDS
            yield prediction
            # The first is often slow because it imports Pillow, and does not count alone.
            if slow > 1 and workers > 1:
                yield from self._classify_ahead(contents, top, workers)

    def classify_stream(
        self, frames: Iterable[ContentT], *, top: int | None = None
    ) -> Generator[FrameResult[ContentT], None, None]:
        """Yield the result of ``classify`` for the newest of ``frames``, again and again.

        This is for a source that does not wait, such as a camera. Of the frames that arrive during
        a classification only the last is kept. The others are dropped and counted. A frame that
        cannot be read yields its InputError. Raises what ``frames`` raises. Close the generator to
        end early.
        """
        # One content is classified without it.
        from satchel.tasks.stream import classify_latest

        return classify_latest(lambda frame: self.classify(frame, top=top), frames)

    def scores(self, content: ContentT) -> NDArray[np.float32]:
        """Return the probability of each label, float32 (labels,), in the card's order."""
        return self.model.predict(self._read(content))

    def _output(self) -> LabelOutput:
        return cast("LabelOutput", self.bundle.card.output)

    def _classify_ahead(
        self, contents: Iterable[ContentT], top: int | None, workers: int
    ) -> Iterator[list[Prediction]]:
        # One content is classified without them.
        import queue

        from satchel.tasks.parallel import map_ahead

        output = self._output()
        idle: queue.SimpleQueue[Model] = queue.SimpleQueue()
        for model in self._copies(workers):
            idle.put(model)

        def classify(content: ContentT) -> list[Prediction]:
            prepared = self._read(content)
            model = idle.get()
            try:
                scores = model.predict(prepared)
            finally:
                idle.put(model)
            return best_labels(scores, output, top)

        yield from map_ahead(classify, contents, workers=workers, window=2 * workers)

    def _copies(self, wanted: int) -> list[Model]:
        """Return the model and as many copies of it as ``wanted`` and MAX_COPIES_BYTES allow."""
        from satchel.inference.model import open_model

        model, entry = self.model, self.model.entry
        if model.threads is None:
            return [model]
        count = max(1, min(wanted, MAX_COPIES_BYTES // entry.size_bytes))
        return [model] + [
            open_model(
                self.bundle, file=entry.file, engine=model.engine_name, threads=model.threads
            )
            for _ in range(count - 1)
        ]
