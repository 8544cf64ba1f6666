"""Opens a model in any of its forms as a model folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from satchel.bundle import Bundle, TrustSource, open_bundle, open_bundle_for
from satchel.errors import first_line
from satchel_convert.errors import ConversionError, ModelFolderError
from satchel_convert.model_folder import ModelFolder, open_model_folder
from satchel_convert.model_kinds import REQUIRED, kind_of
from satchel_convert.own_models.opening import open_own_model
from satchel_convert.own_models.own_model import OwnModel
from satchel_convert.own_models.preprocessing import preprocessing_of
from satchel_convert.plausibility.image_variants import Place
from satchel_convert.releases import card_name, check_release, released
from satchel_convert.settings import KerasModel, ModelSettings, ModelSource, PathLike


@contextmanager
def open_source(
    model: ModelSource,
    settings: ModelSettings,
    *,
    name: str | None = None,
    version: str | None = None,
) -> Iterator[ModelFolder]:
    """Yield the model folder for ``model`` and its ``settings``; it exists inside the context.

    Raises ModelFolderError for settings that are missing, too many or contradict each other;
    ConversionError for a model that cannot be read, and for a wrong name or version.
    """
    check_release(name, version)
    with TemporaryDirectory(prefix="satchel-") as scratch:
        if not isinstance(model, str | os.PathLike):
            path = _save(model, Path(scratch) / "in_memory")
            yield _open_keras(path, settings, name=name, version=version)
        elif kind_of(model) == "keras":
            yield _open_keras(Path(model), settings, name=name, version=version)
        else:
            yield released(_open_folder(Path(model), settings), name=name, version=version)


def open_for(source: PathLike | Bundle, *, trust: "TrustSource | None") -> Bundle:
    """Return ``source`` as an open bundle that the policy of this device lets in.

    If ``trust`` is given, a trusted key has signed it. Raises what ``open_bundle`` raises, and
    EngineError if a policy asks for golden vectors in a child process and they do not pass.
    """
    if isinstance(source, Bundle):
        bundle = open_bundle_for(source.card.task, source, trust=trust)
    else:
        bundle = open_bundle(source, trust=trust)
    if bundle.proven is not None:
        from satchel.selftest import check_isolated

        check_isolated(bundle)
    return bundle


def place_of(model: ModelSource) -> Place:
    """Return where the preprocessing of a model is stated: in options, or in a folder's card."""
    if isinstance(model, str | os.PathLike) and kind_of(model) == "folder":
        return "card"
    return "options"


def _open_folder(path: Path, settings: ModelSettings) -> ModelFolder:
    if kind_of(path) == "finished":
        raise ModelFolderError(
            f"Expected a model to convert, got the finished model {path.name!r}: use satchel pack."
        )
    if stated := settings.stated():
        raise ModelFolderError(
            f"Expected no {stated[0]} for {str(path)!r}: it is for a .keras or .h5 file or a"
            " SavedModel, and a model folder has its own."
        )
    return open_model_folder(path)


def _open_keras(
    path: Path, settings: ModelSettings, *, name: str | None, version: str | None
) -> ModelFolder:
    labels, evaluation = settings.labels, settings.evaluation
    if labels is None or evaluation is None:
        missing = [each for each in REQUIRED["keras"] if getattr(settings, each) is None]
        raise ModelFolderError(
            f"Expected {' and '.join(missing)} for {path.name!r}: the file does not hold them."
        )
    images, texts = settings.images, settings.texts
    own = OwnModel(
        path=path,
        labels=labels,
        evaluation=Path(evaluation),
        calibration=_path(settings.calibration),
        task=settings.task,
        activation=settings.activation,
        multi_label=bool(settings.multi_label),
        thresholds=settings.thresholds or (),
        size=images.size,
        fit=images.fit,
        channels=images.channels,
        padding=images.padding,
        preprocessing=preprocessing_of(images),
        vocabulary=_path(texts.vocabulary),
        delimiter=texts.delimiter,
        length=texts.length,
        name=name,
        version=version,
    )
    return open_own_model(own)


def _path(place: PathLike | None) -> Path | None:
    return None if place is None else Path(place)


def _save(model: KerasModel, folder: Path) -> Path:
    """Write a Keras model in memory to ``folder``; return its path."""
    folder.mkdir()
    path = folder / f"{card_name(Path(model.name))}.keras"
    try:
        model.save(str(path))
    except Exception as error:
        # Keras raises exceptions of many classes for a model without a shape or a custom layer.
        raise ConversionError(
            f"Expected a model that Keras can save: {first_line(error)}"
        ) from error
    return path
