"""A model that the service runs: opens its bundle, tests it and runs it."""

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
"""A task to the word for it in the path of a request."""


class LoadOptions(NamedTuple):
    """How a bundle is opened."""

    trust: Trust | None = None
    isolated: bool = False
    """Whether its golden vectors first run in a child process."""
    threads: int | None = None
    """The number of threads of the engine. None takes the tuned number, or 1."""


class ModelOutput(NamedTuple):
    """The output of a model for one input, and the time that it took."""

    predictions: list[dict[str, Any]]
    """Labels and scores, the best first. A model that makes images has none."""
    image: bytes
    """A PNG file. It is empty for a classifier."""
    seconds: float


@dataclass
class LoadedModel:
    """An open bundle, and whether its model still works."""

    runner: Runner
    vectors: int
    """The number of golden vectors that it passed at the start."""
    failure: str = ""
    """The engine's error at the last input. It is empty if there was none."""
    card: Card = field(init=False)

    def __post_init__(self) -> None:
        self.card = self.runner.bundle.card

    @property
    def name(self) -> str:
        """The name of the model in the path of a request."""
        return self.card.name

    @property
    def kind(self) -> InputKind:
        """The kind of input that the model takes."""
        return INPUT_KINDS[self.card.task]

    @property
    def verb(self) -> str:
        """The action of the model: classify, generate or stylize."""
        return VERBS[self.card.task]

    @property
    def status(self) -> Literal["ok", "failing"]:
        """``failing`` if the engine failed at the last input, otherwise ``ok``."""
        return "failing" if self.failure else "ok"

    def predict(self, model_input: ModelInput, *, top: int | None = None) -> ModelOutput:
        """Return the model's output for ``model_input``. A worker's thread calls this.

        Raises InputError for an input that cannot be read, EngineError if the engine fails.
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
    """A bundle that is not served, and the reason."""

    name: str
    """The name in its card, or its path if the card could not be read."""
    why: str


def load_model(path: str | os.PathLike[str], options: LoadOptions) -> LoadedModel | LoadFailure:
    """Return the bundle at ``path`` if it opens and passes its self-test here, or the failure."""
    name = os.fspath(path)
    try:
        bundle = open_bundle(path, trust=options.trust)
        name = bundle.card.name
        return load_bundle(bundle, options)
    except SatchelError as error:
        return LoadFailure(name, str(error))


def load_bundle(bundle: Bundle, options: LoadOptions) -> LoadedModel:
    """Return ``bundle``, ready to run; raises EngineError if it fails its self-test here."""
    runner = RUNNERS[bundle.card.task](bundle, threads=options.threads, isolated=options.isolated)
    model = runner.model
    # Test only the model that will run, not every model of the bundle.
    results = selftest(
        bundle, model=model.entry.file, engine=model.engine_name, threads=model.threads or 1
    )
    for result in results:
        if not result.passed:
            raise EngineError(
                f"Expected {result.file} on {result.engine} to reproduce {result.vector} within"
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
