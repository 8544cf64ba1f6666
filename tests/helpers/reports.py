"""Findings of a verification, without a model or of a float model that lies, and their report."""

from typing import NamedTuple

from satchel.bundle.card import ModelEntry, TensorSpec
from satchel.bundle.label_output import VerifiedLabels
from satchel_convert.conversion.convert import convert
from satchel_convert.conversion.pack import draft_bundle
from satchel_convert.reporting.facts import facts_of
from satchel_convert.reporting.gallery import add_gallery
from satchel_convert.reporting.layer_section import add_layers
from satchel_convert.reporting.report import make_report
from satchel_convert.verification.limits import LabelLimits
from satchel_convert.verification.verify import Finding, verify

LONG = 1
"""The number of the long text"""
EVERYTHING_PASSES = LabelLimits(
    float32_difference=1, float16_difference=1, int8_agreement=0, margin_points=100
)


def make_finding(
    file,
    *,
    size_bytes=1234567,
    failures=(),
    sqnr_db=40.0,
    paired_test=None,
    drop=(0.25, -0.4, 1.1),
    latency_ms=1.25,
):
    scheme, format_ = file.split(".")
    entry = ModelEntry(
        file, format_, scheme, size_bytes, TensorSpec("float32"), TensorSpec("float32"), {}, 0.0, ""
    )
    verified = VerifiedLabels(200, 0.9876, drop[0], 0.985, 0.0321, sqnr_db, drop[1:])
    return Finding(entry, "litert", verified, latency_ms, failures, paired_test)


class Verified(NamedTuple):
    """A model folder, its bundle in memory, and what verification found of it."""

    folder: object
    draft: object
    verification: object


def verified(folder, inputs, reference):
    """Return what became of a folder's models beside a float model that says ``reference``."""
    conversions = convert(folder, formats=("tflite",), schemes=("float32", "full_int8"))
    draft = draft_bundle(folder, conversions)
    verification = verify(
        draft, inputs, reference=reference, truth=folder.truth, limits=EVERYTHING_PASSES
    )
    return Verified(folder, draft, verification)


def make_whole_report(found, **options):
    """Return the report of what was verified, with all that there is to look at."""
    report = make_report(found.folder.card.name, found.verification)
    report = report._replace(facts=facts_of(found.folder.card))
    report = add_layers(report, bundle=found.draft, folder=found.folder)
    return add_gallery(report, found.verification, found.folder, **options)
