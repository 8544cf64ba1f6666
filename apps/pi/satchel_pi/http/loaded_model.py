"""A model that the service runs: its bundle is opened, tested, and asked."""

import os
import time
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from satchel.bundle import Bundle, Card, Trust, open_bundle
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
from satchel_pi.http.model_inputs import IMAGE, SEED, WORDS, InputKind, ModelInput

RUNNERS: dict[str, type[Runner]] = {
    runner.TASK: runner
    for runner in (ImageClassifier, TextClassifier, ImageGenerator, StyleTransfer)
}
INPUT_KINDS: dict[str, InputKind] = {
    "image-classification": IMAGE,
    "text-classification": WORDS,
    "image-generation": SEED,
    "style-transfer": IMAGE,
}
VERBS: dict[str, str] = {
    "image-classification": "classify",
    "text-classification": "classify",
    "image-generation": "generate",
    "style-transfer": "stylize",
}
"""Task to the word in the path of a request"""


class LoadOptions(NamedTuple):
    """How a bundle is opened."""

    trust: Trust | None = None
    isolated: bool = False
    """Its golden vectors run in a child process first"""
    threads: int | None = None
    """Of the engine"""


class ModelOutput(NamedTuple):
    """The output of a model for one input, and how long it took."""

    predictions: list[dict[str, Any]]
    """Labels and scores, best first; none of a model that makes images"""
    image: bytes
    """A PNG file; empty of a model that says labels"""
    seconds: float


@dataclass
class LoadedModel:
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
    def kind(self) -> InputKind:
        """What it takes."""
        return INPUT_KINDS[self.card.task]

    @property
    def verb(self) -> str:
        """What it does: classify, generate or stylize."""
        return VERBS[self.card.task]

    @property
    def status(self) -> Literal["ok", "failing"]:
        """Whether the last input was answered."""
        return "failing" if self.failure else "ok"

    def predict(self, model_input: ModelInput, *, top: int | None = None) -> ModelOutput:
        """Return the model's output for ``model_input``; called in a worker's thread.

        Raises InputError for what cannot be read, EngineError where the model fails.
        """
        started = time.perf_counter()
        try:
            predictions, image = _run(self.runner, model_input, top)
        except EngineError as error:
            self.failure = str(error)
            raise
        self.failure = ""
        return ModelOutput(predictions, image, time.perf_counter() - started)


class LoadFailure(NamedTuple):
    """A bundle that is not served."""

    name: str
    """Of its card, or its path where that could not be read"""
    why: str


def load_model(path: str | os.PathLike[str], options: LoadOptions) -> LoadedModel | LoadFailure:
    """Return the bundle at ``path`` if it opens and passes its self-test here, else why not."""
    name = os.fspath(path)
    try:
        bundle = open_bundle(path, trust=options.trust)
        name = bundle.card.name
        return load_bundle(bundle, options)
    except SatchelError as error:
        return LoadFailure(name, str(error))


def load_bundle(bundle: Bundle, options: LoadOptions) -> LoadedModel:
    """Return ``bundle``, open; raises EngineError where it does not pass its self-test here."""
    runner = RUNNERS[bundle.card.task](bundle, threads=options.threads, isolated=options.isolated)
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
    return LoadedModel(runner, len(results))


def _run(
    runner: Runner, model_input: ModelInput, top: int | None
) -> tuple[list[dict[str, Any]], bytes]:
    if isinstance(runner, Classifier):
        predictions = runner.classify(model_input, top=top)
        return [{"label": label, "score": score} for label, score in predictions], b""
    if isinstance(runner, StyleTransfer):
        assert isinstance(model_input, bytes), "its kind says so"
        return [], to_png(runner.apply(model_input))
    assert isinstance(runner, ImageGenerator), "there are four tasks"
    assert isinstance(model_input, int), "its kind says so"
    return [], to_png(runner.generate(model_input))
