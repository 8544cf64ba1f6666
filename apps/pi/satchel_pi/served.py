"""A bundle that is served: opened, tested, and asked."""

import os
import time
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from satchel.bundle import Bundle, Card, Task, Trust, open_bundle
from satchel.errors import EngineError, SatchelError
from satchel.preprocessing import to_png
from satchel.selftest import selftest
from satchel.tasks import (
    Classifier,
    ImageClassifier,
    ImageGenerator,
    Runner,
    StyleTransfer,
    TextClassifier,
)
from satchel_pi.contents import PICTURE, SEED, WORDS, Content, Kind

RUNNERS: dict[Task, type[Runner]] = {
    runner.TASK: runner
    for runner in (ImageClassifier, TextClassifier, ImageGenerator, StyleTransfer)
}
KINDS: dict[Task, Kind] = {
    "image-classification": PICTURE,
    "text-classification": WORDS,
    "image-generation": SEED,
    "style-transfer": PICTURE,
}
VERBS: dict[Task, str] = {
    "image-classification": "classify",
    "text-classification": "classify",
    "image-generation": "generate",
    "style-transfer": "stylize",
}
"""Task to the word in the path of a request"""


class Opening(NamedTuple):
    """How a bundle is opened."""

    trust: Trust | None = None
    isolated: bool = False
    """Its golden vectors run in a child process first"""
    threads: int | None = None
    """Of the engine"""


class Answer(NamedTuple):
    """What a model said, and how long it took."""

    predictions: list[dict[str, Any]]
    """Labels and scores, best first; none of a model that makes pictures"""
    picture: bytes
    """A PNG file; empty of a model that says labels"""
    seconds: float


@dataclass
class Served:
    """A bundle that is open, and whether it still works."""

    runner: Runner
    vectors: int
    """Golden vectors that it passed at the start"""
    failure: str = ""
    """What its engine said to the last input; empty where it answered"""
    card: Card = field(init=False)

    def __post_init__(self) -> None:
        self.card = self.runner.bundle.card

    @property
    def name(self) -> str:
        """What it is called in the path of a request."""
        return self.card.name

    @property
    def kind(self) -> Kind:
        """What it takes."""
        return KINDS[self.card.task]

    @property
    def verb(self) -> str:
        """What it does: classify, generate or stylize."""
        return VERBS[self.card.task]

    @property
    def status(self) -> Literal["ok", "failing"]:
        """Whether the last input was answered."""
        return "failing" if self.failure else "ok"

    def answer(self, content: Content, *, top: int | None = None) -> Answer:
        """Return what the model says of ``content``; in a worker's thread.

        Raises InputError for what cannot be read, EngineError where the model fails.
        """
        started = time.perf_counter()
        try:
            predictions, picture = _ask(self.runner, content, top)
        except EngineError as error:
            self.failure = str(error)
            raise
        self.failure = ""
        return Answer(predictions, picture, time.perf_counter() - started)


class Unserved(NamedTuple):
    """A bundle that is not served."""

    name: str
    """Of its card, or its path where that could not be read"""
    why: str


def open_served(path: str | os.PathLike[str], opening: Opening) -> Served | Unserved:
    """Return the bundle at ``path`` if it opens and passes its self-test here, else why not."""
    name = os.fspath(path)
    try:
        bundle = open_bundle(path, trust=opening.trust)
        name = bundle.card.name
        return serve_bundle(bundle, opening)
    except SatchelError as error:
        return Unserved(name, str(error))


def serve_bundle(bundle: Bundle, opening: Opening) -> Served:
    """Return ``bundle``, open; raises EngineError where it does not pass its self-test here."""
    runner = RUNNERS[bundle.card.task](bundle, threads=opening.threads, isolated=opening.isolated)
    model = runner.model
    # What will answer is tested, not all that the bundle holds.
    results = selftest(
        bundle, model=model.entry.file, engine=model.engine_name, threads=model.threads or 1
    )
    for result in results:
        if not result.passed:
            raise EngineError(
                f"Expected {result.file} on {result.engine} to answer {result.vector} within"
                f" {result.tolerance:g}, it is off by {result.difference:.3g}."
            )
    return Served(runner, len(results))


def _ask(runner: Runner, content: Content, top: int | None) -> tuple[list[dict[str, Any]], bytes]:
    if isinstance(runner, Classifier):
        predictions = runner.classify(content, top=top)
        return [{"label": label, "score": score} for label, score in predictions], b""
    if isinstance(runner, StyleTransfer):
        assert isinstance(content, bytes), "its kind says so"
        return [], to_png(runner.apply(content))
    assert isinstance(runner, ImageGenerator), "there are four tasks"
    assert isinstance(content, int), "its kind says so"
    return [], to_png(runner.generate(content))
