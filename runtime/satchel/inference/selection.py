"""Chooses the model of a bundle that runs here, and its engine."""

from collections.abc import Sequence
from typing import NamedTuple

from satchel.bundle.card import Card, ModelEntry
from satchel.bundle.reading import Bundle
from satchel.engines.engine import ENGINES, engine_version, is_installed, release
from satchel.errors import EngineError


class Default(NamedTuple):
    """The model, engine and threads to use."""

    entry: ModelEntry
    engine: str
    threads: int
    tuned: str | None
    """The date on which ``satchel tune`` chose them. None if it did not."""


def asked_model(
    bundle: Bundle,
    *,
    file: str | None = None,
    engine: str | None = None,
    threads: int | None = None,
) -> Default:
    """Return the model, engine and threads that ``open_model`` would use; raises EngineError."""
    if file is None and engine is None and threads is None:
        return default_model(bundle)
    entry, name = choose_model(bundle.card, file=file, engine=engine)
    return Default(entry, name, 1 if threads is None else threads, tuned=None)


def default_model(bundle: Bundle) -> Default:
    """Return the default model, engine and threads; raises EngineError like ``choose_model``."""
    # A model that the caller names is found without it.
    from satchel.inference.tuned_choice import recall

    choice = recall(bundle.card_digest) if bundle.card_digest else None
    if choice:
        for model in bundle.card.models:
            if model.file == choice.file and runs(model, choice.engine):
                return Default(model, choice.engine, choice.threads, choice.measured)
    return Default(*choose_model(bundle.card), threads=1, tuned=None)


def choose_model(
    card: Card, *, file: str | None = None, engine: str | None = None
) -> tuple[ModelEntry, str]:
    """Return the first model of the card that runs here and fits the arguments, and its engine.

    Raises EngineError if there is none. The message says what to install.
    """
    models = named_models(card, file)
    if engine is not None and engine not in ENGINES:
        raise EngineError(f"Expected an engine of {', '.join(ENGINES)}, got {engine!r}.")
    for model in models:
        for name in ENGINES if engine is None else [engine]:
            if runs(model, name):
                return model, name
    raise EngineError(_what_to_install(models, list(ENGINES) if engine is None else [engine]))


def runnable(card: Card) -> list[tuple[str, str]]:
    """Return (model file, engine) for every pair that runs here, in the order of the card."""
    return [(model.file, name) for model in card.models for name in ENGINES if runs(model, name)]


def runs(model: ModelEntry, engine: str) -> bool:
    """Return whether ``engine`` is installed here and new enough for ``model``."""
    needed = model.needs.get(engine)
    if needed is None or model.format not in ENGINES[engine].formats or not is_installed(engine):
        return False
    return release(engine_version(engine)) >= release(needed)


def named_models(card: Card, file: str | None) -> list[ModelEntry]:
    """Return the model ``file`` of the card, or all models if it is None; raises EngineError."""
    models = [model for model in card.models if file in (None, model.file)]
    if not models:
        held = ", ".join(model.file for model in card.models)
        raise EngineError(f"Expected a model of {card.name} ({held}), got {file!r}.")
    return models


def _what_to_install(models: Sequence[ModelEntry], engines: Sequence[str]) -> str:
    """Return the message that none of ``engines`` runs any of ``models``, and what to install."""
    files = ", ".join(model.file for model in models)
    needed = {name: version for model in models for name, version in model.needs.items()}
    able = [name for name in engines if name in needed]
    if not able:
        return f"Expected an engine for {files} ({', '.join(needed)}), got {', '.join(engines)}."
    here = [f"{name} {engine_version(name)}" for name in able if is_installed(name)]
    least = " or ".join(f"{name} {needed[name]}" for name in able)
    installs = " or ".join(f"pip install -U {ENGINES[name].distribution}" for name in able)
    return f"Expected {least} for {files}, got {', '.join(here) or 'none'}: {installs}."
