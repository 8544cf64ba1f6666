"""Converted models, golden vectors and the report to one bundle."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from satchel.archive import CARD_NAME, pack
from satchel.bundle import Bundle, digest
from satchel.card import Card, ModelEntry, TextInput, card_to_json
from satchel.model import open_model
from satchel.parity import compare
from satchel_convert import jobs
from satchel_convert.convert import Conversion, Conversions
from satchel_convert.errors import ConversionError, OutputError
from satchel_convert.golden import GoldenInput, choose_golden, golden_file, keep_clear, tolerance
from satchel_convert.isolation import run_isolated
from satchel_convert.model_folder import ModelFolder, deployed_card, prepare
from satchel_convert.schemes import PREFERENCE
from satchel_convert.verify import Verification, score_inputs

GOLDEN = "golden/vectors.json"
UNVERIFIED = "not yet measured"


def draft_bundle(folder: ModelFolder, conversions: Conversions) -> Bundle:
    """Return a bundle in memory of all models that converted, for verification to run."""
    converted = [model for model in conversions.models if model.failure is None]
    converted.sort(key=lambda model: (PREFERENCE.index(model.scheme), model.format != "tflite"))
    files = {}
    if isinstance(folder.card.input, TextInput):
        assert folder.vocabulary is not None
        files[folder.card.input.vocabulary] = folder.vocabulary
    entries = []
    for each in converted:
        assert each.model is not None
        files[each.file] = each.model.content
        entries.append(_entry(each, each.model))
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
    golden, scores = _golden(folder, conversions)
    prepared = prepare(folder, [_raw(each, folder.card) for each in golden])
    entries = []
    for finding in passed:
        found = score_inputs(open_model(draft, file=finding.entry.file), draft.card, prepared)
        difference = compare(scores, found.scores).largest_difference
        allowed, why = tolerance(finding.entry.scheme, difference)
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
    files |= {each.name: each.content for each in golden}
    files |= {GOLDEN: golden_file(golden, scores), **reports}
    card = replace(
        draft.card,
        models=tuple(entries),
        golden=GOLDEN,
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
) -> tuple[list[GoldenInput], NDArray[np.float32]]:
    """Return golden inputs and the float model's probabilities for them, (inputs, labels)."""
    candidates = choose_golden(folder, conversions.inputs, conversions.reference)
    prepared = prepare(folder, [_raw(each, folder.card) for each in candidates])
    scores = run_isolated(jobs.reference_scores, (folder.model_path, folder.card, prepared))
    return keep_clear(candidates, scores)


def _raw(golden: GoldenInput, card: Card) -> bytes | str:
    return golden.content.decode() if isinstance(card.input, TextInput) else golden.content


def _entry(conversion: Conversion, model: jobs.Converted) -> ModelEntry:
    return ModelEntry(
        file=conversion.file,
        format=conversion.format,
        scheme=conversion.scheme,
        size_bytes=len(model.content),
        input=model.input,
        output=model.output,
        needs=model.needs,
        golden_tolerance=0.0,
        golden_tolerance_why=UNVERIFIED,
    )
