"""Writes a report as JSON for programs; ``report.schema.json`` beside this module specifies it."""

import json
import math
from importlib.resources import files
from typing import Any

from satchel_convert.plausibility.agreement import ExpectedReport
from satchel_convert.plausibility.token_agreement import TokenReport
from satchel_convert.reporting.report import Gallery, Layers, Report, Row, Search
from satchel_convert.reporting.wording import summary
from satchel_convert.verification.label_figures import Choices
from satchel_convert.verification.paired_test import PairedTest


def to_json(report: Report) -> bytes:
    """Return the report as JSON; the same report gives the same bytes."""
    content = {
        "name": report.name,
        "samples": report.samples,
        "reference_accuracy": report.reference_accuracy,
        "passed": report.passed,
        "summary": summary(report),
        "doubts": [doubt.fields for doubt in report.doubts],
        "expected": report.expected and _expected_fields(report.expected),
        "tokens": report.tokens and _token_fields(report.tokens),
        "rows": [_row_fields(row) for row in report.rows],
        "search": report.search and _search_fields(report.search),
        "layers": report.layers and _layer_fields(report.layers),
        # JSON is for programs, so images and texts are left out.
        "disagreements": report.gallery and _disagreement_fields(report.gallery),
    }
    return (json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def schema() -> dict[str, Any]:
    """Return the JSON Schema of reports, draft 2020-12."""
    found: dict[str, Any] = json.loads(
        files("satchel_convert.reporting").joinpath("report.schema.json").read_bytes()
    )
    return found


def paired_test_fields(found: PairedTest) -> dict[str, Any]:
    """Return the JSON fields of a paired test."""
    pairs = found.verdict.pairs
    return {
        "decision": found.verdict.decision,
        "lost": pairs.lost,
        "gained": pairs.gained,
        "samples_needed": found.verdict.samples_needed,
        "agreement_ci95": found.agreement,
        "class_drops": [
            {"label": drop.label, **drop.pairs._asdict(), "probability": drop.probability}
            for drop in found.class_drops
        ],
        "label_power": found.label_power and found.label_power._asdict(),
        "calibration_error": found.calibration_error,
        "reference_calibration_error": found.reference_calibration_error,
        "labels": [
            {
                "label": each.label,
                "samples": each.found.samples,
                "reference": _choice_fields(each.reference),
                "found": _choice_fields(each.found),
                "lost": each.pairs.lost,
                "gained": each.pairs.gained,
            }
            for each in found.labels
        ],
    }


def _choice_fields(found: Choices) -> dict[str, Any]:
    return {
        "chosen": found.chosen,
        "right": found.right,
        "precision": found.precision,
        "recall": found.recall,
        "f1": found.f1,
    }


def _expected_fields(found: ExpectedReport) -> dict[str, Any]:
    return {
        "file": found.file,
        "models": [
            {
                "file": each.file,
                "samples": each.samples,
                "agreement": each.share,
                "agreement_ci95": each.interval,
                "largest_difference": each.largest_difference,
            }
            for each in found.agreements
        ],
        "missing": found.missing,
    }


def _token_fields(found: TokenReport) -> dict[str, Any]:
    return {
        "compared": found.request is None,
        "words": "; ".join(found.lines),
        "texts": [each._asdict() for each in found.agreements],
    }


def _row_fields(row: Row) -> dict[str, Any]:
    return {
        "file": row.file,
        "scheme": row.scheme,
        "engine": row.engine,
        "size_bytes": row.size_bytes,
        "verified": row.verified and row.verified._asdict(),
        "latency_ms": row.latency_ms,
        "failures": row.failures,
        "stopped": row.stopped,
        "evidence": row.paired_test and paired_test_fields(row.paired_test),
        "route": row.backend,
    }


def _search_fields(search: Search) -> dict[str, Any]:
    path = [{**_row_fields(each.row), "outcome": each.outcome} for each in search.path]
    return {"goal": search.goal, "samples": search.samples, "path": path}


def _layer_fields(layers: Layers) -> dict[str, Any]:
    return {
        "file": layers.file,
        "skipped": layers.skipped,
        "errors": [
            {
                "name": each.name,
                "operator": each.operator,
                "sqnr_db": round(each.sqnr_db, 2) if math.isfinite(each.sqnr_db) else None,
                "error": float(f"{each.error:.4g}"),
                "share": round(each.share, 4),
            }
            for each in layers.errors
        ],
    }


def _disagreement_fields(gallery: Gallery) -> dict[str, Any]:
    return {
        "file": gallery.file,
        "count": gallery.total,
        "worst": [
            {
                "sample": tile.found.sample,
                "truth": tile.found.truth,
                "expected": tile.found.expected._asdict(),
                "found": tile.found.found._asdict(),
                "lost": tile.found.lost,
            }
            for tile in gallery.tiles
        ],
    }
