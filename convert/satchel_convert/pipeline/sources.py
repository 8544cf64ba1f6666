"""Opens a model in any of its forms as a model folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from satchel.bundle import Bundle, TrustSource, digest, open_bundle, open_bundle_for
from satchel.errors import first_line
from satchel_convert.errors import ConversionError, ModelFolderError
from satchel_convert.model_folder import ModelFolder, Sample, open_model_folder
from satchel_convert.model_kinds import REQUIRED, kind_of
from satchel_convert.own_models.opening import open_own_model
from satchel_convert.own_models.own_model import OwnModel
from satchel_convert.own_models.preprocessing import preprocessing_of
from satchel_convert.own_models.sample_files import check_disjoint
from satchel_convert.plausibility.image_variants import Place
from satchel_convert.releases import card_name, check_release, released
from satchel_convert.samples.files import read_bytes
from satchel_convert.samples.of_bundles import calibration_samples, evaluation_samples
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
            yield _open_own(path, settings, name=name, version=version)
        elif kind_of(model) in ("keras", "finished"):
            yield _open_own(Path(model), settings, name=name, version=version)
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
    if stated := [name for name in settings.stated() if name not in ("evaluation", "calibration")]:
        raise ModelFolderError(
            f"Expected no {stated[0]} for {str(path)!r}: it is for a model file or a"
            " SavedModel, and a model folder has its own."
        )
    return with_samples(open_model_folder(path), settings)


def with_samples(folder: ModelFolder, settings: ModelSettings) -> ModelFolder:
    """Return a model folder with the samples that are stated, in the place of its own.

    Raises ModelFolderError as ``evaluation_samples``, and for a sample in both parts.
    """
    evaluation, calibration = folder.evaluation, folder.calibration
    if settings.evaluation is not None:
        evaluation = evaluation_samples(Path(settings.evaluation), folder.card)
    if settings.calibration is not None:
        calibration = calibration_samples(Path(settings.calibration), folder.card)
    check_disjoint(calibration, evaluation, kind="samples", content=_content)
    return replace(folder, evaluation=evaluation, calibration=calibration)


@contextmanager
def open_reference(
    bundle: Bundle, *, samples: PathLike | None, model: ModelSource | None, settings: ModelSettings
) -> Iterator[ModelFolder]:
    """Yield the model that ``bundle`` was converted from, with samples, inside the context.

    It is the model folder ``samples``, with the evaluation samples in ``settings`` if they have
    some; or else ``model``, as ``open_source`` takes it. Raises ModelFolderError for neither or
    both, and for settings that do not fit.
    """
    if (samples is None) == (model is None):
        raise ModelFolderError(
            "Expected either samples, the model folder of the bundle, or model, its float model"
            f" with labels and evaluation; got {'neither' if model is None else 'both'}."
        )
    if model is None:
        assert samples is not None
        yield _open_folder(Path(samples), settings)
        return
    is_folder = isinstance(model, str | os.PathLike) and kind_of(model) == "folder"
    # An own model has no name and version, but the bundle that it became may have been given some.
    name, version = (None, None) if is_folder else (bundle.card.name, bundle.card.version)
    with open_source(model, settings, name=name, version=version) as folder:
        yield folder


def _content(sample: Sample) -> str:
    if isinstance(sample.value, Path):
        return digest(read_bytes(sample.value))
    return str(sample.value)


def _open_own(
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
        tokenizer=_path(texts.tokenizer),
        padding_side=texts.padding,
        truncating=texts.truncating,
        standardize=texts.standardize,
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
