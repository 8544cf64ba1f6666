"""A model that the service runs: opens its bundle, tests it and runs it."""

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from satchel.bundle import Bundle, Card, ModelEntry, Trust, open_bundle
from satchel.errors import EngineError, SatchelError

if TYPE_CHECKING:
    from satchel.preprocessing import Tokenizer
    from satchel.tasks import Runner
    from satchel_pi.http.model_inputs import InputKind

ModelInput: TypeAlias = bytes | str | int
"""An encoded image, a text or a seed."""


class LoadOptions(NamedTuple):
    """How a bundle is opened."""

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
class ServedModel:
    """A model of the service: what is said of it, and whether it still works."""

    bundle: Bundle
    file: str
    """The model file that runs."""
    engine: str
    """The name of the engine that runs it."""
    vectors: int
    """The number of golden vectors that it passed at the start."""
    failure: str = ""
    """The engine's error at the last input. It is empty if there was none."""
    golden: list[dict[str, Any]] | None = None
    """What was told of its golden samples. None if nobody has asked for them."""

    @property
    def card(self) -> Card:
        """The card of its bundle."""
        return self.bundle.card

    @property
    def entry(self) -> ModelEntry:
        """What the card says of the model file that runs."""
        return next(each for each in self.card.models if each.file == self.file)

    @property
    def name(self) -> str:
        """The name of the model in the path of a request."""
        return self.card.name

    @property
    def kind(self) -> "InputKind":
        """The kind of input that the model takes."""
        # Imported here, because workers do not need it.
        from satchel_pi.http.model_inputs import INPUT_KINDS

        return INPUT_KINDS[self.card.task]

    @cached_property
    def output_kind(self) -> str:
        """The kind of the model's answers, one of ``schemas.KINDS``."""
        # Kept, because the features of a card with many labels take a while.
        output = self.card.output
        return "multi_labels" if "multi-label" in output.features else output.kind

    @property
    def path(self) -> str:
        """The path for requests to the model."""
        return f"/v1/models/{self.name}:predict"

    @property
    def description(self) -> dict[str, str]:
        """The model that runs, by the fields that every answer has."""
        return {
            "model": self.name,
            "version": self.card.version,
            "file": self.file,
            "engine": self.engine,
        }

    @property
    def status(self) -> Literal["ok", "failing"]:
        """``failing`` if the engine failed at the last input, otherwise ``ok``."""
        return "failing" if self.failure else "ok"


class LoadedModel(ServedModel):
    """A model that is open in this process."""

    def __init__(self, runner: "Runner", vectors: int) -> None:
        model = runner.model
        super().__init__(runner.bundle, model.entry.file, model.engine_name, vectors)
        self.runner = runner

    @cached_property
    def tokenizer(self) -> "Tokenizer":
        """The tokenizer of a model that takes texts, to show its tokens."""
        from satchel.bundle import TextInput
        from satchel.preprocessing import open_tokenizer

        text = self.card.input
        assert isinstance(text, TextInput), "it takes texts"
        return open_tokenizer(text, self.bundle.files)

    def predict(self, model_input: ModelInput, *, top: int | None = None) -> ModelOutput:
        """Return the model's output for ``model_input``.

        Raises InputError for an input that cannot be read, EngineError if the engine fails.
        """
        started = time.perf_counter()
        predictions, image = _run(self.runner, model_input, top)
        return ModelOutput(predictions, image, time.perf_counter() - started)


class LoadFailure(NamedTuple):
    """A bundle that is not served, and the reason."""

    name: str
    """The name in its card, or its path if the card could not be read."""
    why: str


def open_bundles(
    paths: Iterable[str | os.PathLike[str]], *, trust: Trust | None
) -> tuple[dict[str, Bundle], list[LoadFailure]]:
    """Return the bundles at ``paths`` by their names, and those that do not open.

    Of two bundles with one name, the first is kept.
    """
    bundles: dict[str, Bundle] = {}
    failures = []
    for path in paths:
        try:
            bundle = open_bundle(path, trust=trust, whole=True)
        except SatchelError as error:
            failures.append(LoadFailure(os.fspath(path), str(error)))
            continue
        name = bundle.card.name
        if name in bundles:
            why = f"Expected bundles of different names, got a second {name!r}."
            failures.append(LoadFailure(os.fspath(path), why))
        else:
            bundles[name] = bundle
    return bundles, failures


def load_bundle(bundle: Bundle, options: LoadOptions, *, tested: bool = True) -> LoadedModel:
    """Return ``bundle``, ready to run; raises EngineError if it fails its self-test here.

    Without ``tested`` there is no self-test: for a bundle that has passed it a moment ago.
    """
    # Imported here, because the process that serves opens no model, and needs no NumPy.
    from satchel.selftest import MEAN, selftest
    from satchel.tasks import ImageClassifier, ImageGenerator, StyleTransfer, TextClassifier

    runners: tuple[type[Runner], ...] = (
        ImageClassifier,
        TextClassifier,
        ImageGenerator,
        StyleTransfer,
    )
    [kind] = [runner for runner in runners if bundle.card.task == runner.TASK]
    runner = kind(bundle, threads=options.threads, isolated=options.isolated)
    model = runner.model
    if not tested:
        return LoadedModel(runner, 0)
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
    return LoadedModel(runner, sum(result.vector != MEAN for result in results))


def _run(
    runner: "Runner", model_input: ModelInput, top: int | None
) -> tuple[list[dict[str, Any]], bytes]:
    from satchel.preprocessing import to_png
    from satchel.tasks import Classifier, ImageGenerator, StyleTransfer

    if isinstance(runner, Classifier):
        predictions = runner.classify(model_input, top=top)
        return [each.to_json() for each in predictions], b""
    if isinstance(runner, StyleTransfer):
        assert isinstance(model_input, bytes), "its kind says so"
        return [], to_png(runner.apply(model_input))
    assert isinstance(runner, ImageGenerator), "there are four tasks"
    assert isinstance(model_input, int), "its kind says so"
    return [], to_png(runner.generate(model_input))
