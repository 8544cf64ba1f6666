"""Packs converted models, golden vectors and the report in one bundle."""

from collections.abc import Mapping, Sequence

from satchel.bundle import CARD_NAME, Bundle, card_to_json, digest, pack
from satchel.inference import open_model
from satchel_convert.conversion import jobs
from satchel_convert.conversion.convert import Conversions
from satchel_convert.errors import ConversionError
from satchel_convert.golden.candidates import choose_candidates
from satchel_convert.golden.tolerances import measure, tolerances
from satchel_convert.golden.vectors import VECTORS, Golden, golden_files, keep_telling
from satchel_convert.isolation import run_isolated
from satchel_convert.model_folder import ModelFolder, deployed_card, prepare
from satchel_convert.schemes import PREFERENCE
from satchel_convert.task import converter_task
from satchel_convert.verification.verify import Verification


def draft_bundle(folder: ModelFolder, conversions: Conversions) -> Bundle:
    """Return a bundle in memory with all models that converted, for verification.

    Raises ConversionError with the first reason if no model converted.
    """
    converted = [model for model in conversions.models if model.failure is None]
    if not converted:
        first = conversions.models[0]
        raise ConversionError(
            f"Expected at least one model to convert, none of {len(conversions.models)} did;"
            f" {first.file}: {first.failure}"
        )
    converted.sort(key=lambda model: (PREFERENCE.index(model.scheme), model.format != "tflite"))
    files = dict(folder.files)
    entries = []
    for each in converted:
        assert each.model is not None
        files[each.file] = each.model.content
        entries.append(each.model.entry(each.format, each.scheme))
    return Bundle(deployed_card(folder.card)._replace(models=tuple(entries)), files)


def pack_bundle(
    folder: ModelFolder,
    conversions: Conversions,
    draft: Bundle,
    verification: Verification,
    reports: Mapping[str, bytes],
) -> bytes:
    """Return the bundle of the models that passed, with golden vectors and ``reports``.

    The same model folder gives the same bytes, because no measured time is stored. Raises
    ConversionError if no model passed.
    """
    passed = [finding for finding in verification.findings if finding.passed]
    if not passed:
        raise ConversionError("Expected at least one model within the limits, got none.")
    golden = _golden(
        folder, conversions, model_bytes=[finding.entry.size_bytes for finding in passed]
    )
    prepared = prepare(folder, [each.raw for each in golden.inputs])
    task = converter_task(draft.card.task)
    entries = []
    allowed = {}
    for finding in passed:
        entry = finding.entry
        measured = measure(
            draft,
            entry,
            prepared,
            expected=golden.predictions,
            found=open_model(draft, file=entry.file).predict_batch(prepared),
            isolated=run_isolated,
        )
        tolerated = tolerances(entry, measured, task.output.ALLOWANCES)
        allowed[entry.file] = tolerated
        entries.append(
            entry._replace(
                verified=finding.verified,
                golden_tolerance=tolerated.largest,
                golden_tolerance_why=tolerated.why,
            )
        )
    files = {entry.file: draft.files[entry.file] for entry in entries}
    files |= folder.files
    files |= {**golden_files(golden, allowed, task=draft.card.task), **reports}
    card = draft.card._replace(
        models=tuple(entries),
        golden=VECTORS,
        files={name: digest(files[name]) for name in sorted(files)},
        provenance={**folder.card.provenance, "converter": converter_versions()},
    )
    return pack({CARD_NAME: card_to_json(card), **files})


def converter_versions() -> str:
    """Return the versions of the converters, such as ``tensorflow 2.21.0, onnx 1.23.2``."""
    from importlib.metadata import version

    names = ("satchel-convert", "tensorflow", "tf2onnx", "onnx", "onnxruntime")
    return ", ".join(f"{name} {version(name)}" for name in names)


def _golden(folder: ModelFolder, conversions: Conversions, *, model_bytes: Sequence[int]) -> Golden:
    """Return golden inputs and the float model's predictions for them."""
    candidates = choose_candidates(folder, conversions.inputs, conversions.reference)
    prepared = prepare(folder, candidates.raws)
    predictions = run_isolated(
        jobs.reference_predictions, (folder.model_path, folder.card, prepared)
    )
    return keep_telling(
        candidates, prepared, predictions, task=folder.card.task, model_bytes=model_bytes
    )
