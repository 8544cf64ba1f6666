"""Collects samples on which a small model and the float model disagree, for people to look at."""

from collections.abc import Sequence

from satchel_convert.model_folder import ModelFolder
from satchel_convert.reporting.report import Gallery, Report, Tile, headline_row, smallest_passed
from satchel_convert.schemes import FLOAT_SCHEMES
from satchel_convert.task import converter_task
from satchel_convert.verification.disagreements import Disagreement
from satchel_convert.verification.verify import Finding, Verification

MOST_BYTES = 100_000
"""The size limit of all images and texts together, because each bundle holds them"""


def add_gallery(
    report: Report, verification: Verification, folder: ModelFolder, *, samples_shown: bool = True
) -> Report:
    """Return the report with the worst disagreements of its smallest model that passed.

    If no model passed, the first quantized model is shown. If the models make images, no gallery is
    added. Without ``samples_shown`` the gallery holds only numbers and labels, and the report has
    no strips.

    Raises InputError for an image that cannot be read.
    """
    if not samples_shown:
        report = report._replace(strips=())
    finding = _shown(report, verification.findings)
    if finding is None:
        return report
    tiles = [Tile(each) for each in finding.disagreements]
    if samples_shown:
        tiles = _fitting([_tile(each, folder) for each in finding.disagreements])
    return report._replace(
        gallery=Gallery(finding.entry.file, finding.disagreement_count, tiles, samples_shown)
    )


def _shown(report: Report, findings: Sequence[Finding]) -> Finding | None:
    if report.reference_accuracy is None:
        return None
    # On the float model itself nothing disagrees.
    headline = headline_row(report)
    if headline is not None and headline.scheme in FLOAT_SCHEMES:
        headline = smallest_passed(report)
    by_file = {finding.entry.file: finding for finding in findings}
    if headline is not None:
        return by_file[headline.file]
    quantized = [
        each for each in findings if each.entry.scheme not in FLOAT_SCHEMES and not each.stopped
    ]
    return quantized[0] if quantized else None


def _tile(found: Disagreement, folder: ModelFolder) -> Tile:
    value, card = folder.evaluation[found.sample].value, folder.card
    image, text = converter_task(card.task).input.show_sample(value, card.input)
    return Tile(found, image, text)


def _fitting(tiles: Sequence[Tile]) -> list[Tile]:
    """Return the first tiles whose images and texts fit in MOST_BYTES together."""
    kept, left = [], MOST_BYTES
    for tile in tiles:
        left -= len((tile.image or tile.text or "").encode())
        if left < 0:
            break
        kept.append(tile)
    return kept
