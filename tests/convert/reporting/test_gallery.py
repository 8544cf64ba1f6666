import base64
from dataclasses import replace

import numpy as np
import pytest

from helpers.reports import make_whole_report
from satchel.preprocessing.images import decode
from satchel_convert.reporting import gallery as galleries
from satchel_convert.reporting.gallery import add_gallery
from satchel_convert.reporting.page import to_html
from satchel_convert.reporting.report import Strip, make_report
from satchel_convert.reporting.report_json import to_json
from satchel_convert.tasks.image_input import THUMBNAIL_SIDE
from satchel_convert.tasks.text_input import SHOWN_CHARACTERS
from satchel_convert.verification.disagreements import MOST


def pixels_of(url):
    return decode(base64.b64decode(url.removeprefix("data:image/png;base64,")))


def test_each_tile_shows_the_image_whose_answers_differ(differing_images):
    gallery = make_whole_report(differing_images).gallery
    folder, labels = differing_images.folder, differing_images.draft.card.output.labels
    # Every other one of 24 samples.
    assert gallery.total == 12
    assert [tile.found.sample % 2 for tile in gallery.tiles] == [0] * MOST
    for tile in gallery.tiles:
        sample = folder.evaluation[tile.found.sample]
        assert np.array_equal(pixels_of(tile.image), decode(sample.value))
        assert tile.found.truth == labels[sample.label]
        assert tile.found.expected.label != tile.found.found.label
    assert [tile.found.lost for tile in gallery.tiles] == sorted(
        (tile.found.lost for tile in gallery.tiles), reverse=True
    )


def test_the_smallest_model_that_passed_is_shown_or_else_the_first_quantized_one(
    differing_images,
):
    folder, verification = differing_images.folder, differing_images.verification
    small, large = verification.findings
    assert (small.entry.file, large.entry.file) == ("full_int8.tflite", "float32.tflite")

    def shown(*findings):
        found = replace(verification, findings=findings)
        gallery = add_gallery(make_report("bands", found), found, folder).gallery
        return gallery and gallery.file

    assert shown(large, small) == "full_int8.tflite"
    failed = replace(small, failures=("far",))
    assert shown(large, failed) == "float32.tflite"
    assert shown(replace(large, failures=("far",)), failed) == "full_int8.tflite"
    assert shown(replace(large, failures=("far",))) is None


def test_of_a_long_text_the_beginning_is_shown(differing_texts):
    tiles = make_whole_report(differing_texts).gallery.tiles
    folder = differing_texts.folder
    texts = {tile.found.sample: folder.evaluation[tile.found.sample].value for tile in tiles}
    long = [at for at, text in texts.items() if len(text) > SHOWN_CHARACTERS]
    assert 0 < len(long) < len(tiles)
    for tile in tiles:
        if tile.found.sample in long:
            assert tile.text.endswith("\u2026")
            assert SHOWN_CHARACTERS - 1 <= len(tile.text) <= SHOWN_CHARACTERS + 1
            assert texts[tile.found.sample].startswith(tile.text[:-1])
        else:
            assert tile.text == texts[tile.found.sample]


def test_a_large_image_is_a_thumbnail(differing_images, tmp_path):
    from PIL import Image

    Image.new("RGB", (400, 300), "red").save(tmp_path / "large.png")
    folder, verification = differing_images.folder, differing_images.verification
    large = [replace(each, value=tmp_path / "large.png") for each in folder.evaluation]
    report = add_gallery(
        make_report("bands", verification), verification, replace(folder, evaluation=large)
    )
    for tile in report.gallery.tiles:
        assert pixels_of(tile.image).shape == (48, THUMBNAIL_SIDE, 3)


def test_the_gallery_ends_where_it_would_be_too_large(differing_images, monkeypatch):
    tiles = make_whole_report(differing_images).gallery.tiles
    monkeypatch.setattr(galleries, "MOST_BYTES", sum(len(each.image) for each in tiles[:3]))
    found = make_whole_report(differing_images)
    assert found.gallery.tiles == tiles[:3]
    assert "The 3 worst:" in to_html(found).decode()


@pytest.mark.parametrize("kind", ["differing_images", "differing_texts"])
def test_samples_that_are_not_to_be_shown_are_on_no_page(kind, request):
    found = request.getfixturevalue(kind)
    report = make_whole_report(found, samples_shown=False)
    page = to_html(report).decode()
    assert "data:image/png" not in page
    assert "<blockquote" not in page
    assert "the samples themselves were left out" in page
    assert [tile.found for tile in report.gallery.tiles] == [
        tile.found for tile in make_whole_report(found).gallery.tiles
    ]
    assert to_json(report) == to_json(make_whole_report(found))


def test_nor_are_strips_of_models_that_make_images(differing_images):
    verification = replace(differing_images.verification, reference_accuracy=None)
    report = make_report("faces", verification)._replace(strips=(Strip("float model", ["data:"]),))
    kept = add_gallery(report, verification, differing_images.folder)
    assert (kept.strips, kept.gallery) == (report.strips, None)
    hidden = add_gallery(report, verification, differing_images.folder, samples_shown=False)
    assert hidden.strips == ()


def test_where_nothing_differs_the_page_says_so(differing_images):
    verification = differing_images.verification
    same = [replace(each, disagreements=(), disagreement_count=0) for each in verification.findings]
    found = replace(verification, findings=same)
    report = add_gallery(make_report("bands", found), found, differing_images.folder)
    page = to_html(report).decode()
    assert "Nowhere: it has the float model's top label on every sample." in page


def test_a_text_is_text_to_the_page(differing_texts):
    report = make_whole_report(differing_texts)
    tile = report.gallery.tiles[0]._replace(text="<script>alert('&')</script>")
    page = to_html(report._replace(gallery=report.gallery._replace(tiles=[tile]))).decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
