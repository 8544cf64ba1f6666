"""Converted models, golden vectors and the report to one bundle."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from satchel.answer import difference
from satchel.archive import CARD_NAME, pack
from satchel.bundle import Bundle, digest
from satchel.card import LabelOutput, TextInput, card_to_json
from satchel.model import open_model
from satchel_convert.conversion import jobs
from satchel_convert.conversion.convert import Conversions
from satchel_convert.errors import ConversionError
from satchel_convert.golden import (
    VECTORS,
    GoldenInput,
    choose_golden,
    golden_files,
    keep_clear,
    tolerance,
)
from satchel_convert.isolation import run_isolated
from satchel_convert.model_folder import ModelFolder, deployed_card, prepare
from satchel_convert.schemes import PREFERENCE
from satchel_convert.verification.answers import answer_inputs
from satchel_convert.verification.verify import Verification


def draft_bundle(folder: ModelFolder, conversions: Conversions) -> Bundle:
    """Return a bundle in memory of all models that converted, for verification to run.

    Raises ConversionError with the first reason where none did.
    """
    converted = [model for model in conversions.models if model.failure is None]
    if not converted:
        first = conversions.models[0]
        raise ConversionError(
            f"Expected a model that converts, none of {len(conversions.models)} did,"
            f" {first.file}: {first.failure}"
        )
    converted.sort(key=lambda model: (PREFERENCE.index(model.scheme), model.format != "tflite"))
    files = {}
    if isinstance(folder.card.input, TextInput):
        assert folder.vocabulary is not None
        files[folder.card.input.vocabulary] = folder.vocabulary
    entries = []
    for each in converted:
        assert each.model is not None
        files[each.file] = each.model.content
        entries.append(each.model.entry(each.format, each.scheme))
    return Bundle(replace(deployed_card(folder.card), models=tuple(entries)), files)


def pack_bundle(
    folder: ModelFolder,
    conversions: Conversions,
    draft: Bundle,
    verification: Verification,
    reports: Mapping[str, bytes],
) -> bytes:
    """Return the bundle of the models that passed, with golden vectors and ``reports``.

    The same model folder gives the same bytes: nothing measured in seconds goes in. Raises
    ConversionError where no model passed.
    """
    passed = [finding for finding in verification.findings if not finding.failures]
    if not passed:
        raise ConversionError("Expected at least one model within the limits, none is: no bundle.")
    golden, answers = _golden(folder, conversions)
    prepared = prepare(folder, [each.raw for each in golden])
    entries = []
    for finding in passed:
        model = open_model(draft, file=finding.entry.file)
        worst = max(
            difference(expected, found, draft.card.output)
            for expected, found in zip(answers, answer_inputs(model, prepared).answers, strict=True)
        )
        allowed, why = tolerance(finding.entry.scheme, worst, draft.card.output)
        entries.append(
            replace(
                finding.entry,
                verified=finding.verified,
                golden_tolerance=allowed,
                golden_tolerance_why=why,
            )
        )
    files = {entry.file: draft.files[entry.file] for entry in entries}
    if isinstance(draft.card.input, TextInput):
        files[draft.card.input.vocabulary] = draft.files[draft.card.input.vocabulary]
    files |= {**golden_files(golden, answers), **reports}
    card = replace(
        draft.card,
        models=tuple(entries),
        golden=VECTORS,
        files={name: digest(files[name]) for name in sorted(files)},
        provenance={**folder.card.provenance, "converter": converter_versions()},
    )
    return pack({CARD_NAME: card_to_json(card), **files})


def converter_versions() -> str:
    """Return what made the models, such as ``tensorflow 2.21.0, onnx 1.23.2``."""
    from importlib.metadata import version

    names = ("satchel-convert", "tensorflow", "tf2onnx", "onnx", "onnxruntime")
    return ", ".join(f"{name} {version(name)}" for name in names)


def _golden(
    folder: ModelFolder, conversions: Conversions
) -> tuple[list[GoldenInput], NDArray[Any]]:
    """Return golden inputs and the float model's answers to them."""
    candidates = choose_golden(folder, conversions.inputs, conversions.reference)
    prepared = prepare(folder, [each.raw for each in candidates])
    answers = run_isolated(jobs.reference_answers, (folder.model_path, folder.card, prepared))
    if isinstance(folder.card.output, LabelOutput):
        return keep_clear(candidates, answers)
    return candidates, answers
