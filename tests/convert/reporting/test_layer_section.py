from helpers.reports import make_whole_report
from satchel.bundle.reading import Bundle
from satchel_convert.explanation.layers import measure_layers
from satchel_convert.explanation.network import pair_networks
from satchel_convert.explanation.subject import of_folder
from satchel_convert.reporting import layer_section
from satchel_convert.reporting.layer_section import add_layers
from satchel_convert.reporting.page import to_html
from satchel_convert.reporting.report import make_report
from satchel_convert.reporting.report_json import to_json


def plain(found):
    return make_report("bands", found.verification)


def without(bundle, file):
    return Bundle(bundle.card, {name: data for name, data in bundle.files.items() if name != file})


def test_the_layers_are_those_that_explain_measures_and_the_same_each_time(differing_images):
    layers = make_whole_report(differing_images).layers
    subject = of_folder(differing_images.folder, scheme="full_int8", deadline_s=600)
    # Of the bundle's own files: its full_int8 may have come by another route.
    files = differing_images.draft.files
    pairing = pair_networks(files["float32.tflite"], files["full_int8.tflite"])
    expected = measure_layers(pairing, subject.evaluation)
    assert (layers.file, layers.skipped) == ("full_int8.tflite", None)
    assert layers.errors == expected
    assert sum(each.share for each in layers.errors) > 0.99
    assert to_json(make_whole_report(differing_images)) == to_json(
        make_whole_report(differing_images)
    )


def test_a_bundle_without_both_files_has_no_layers(differing_images):
    for file in ("float32.tflite", "full_int8.tflite"):
        bundle = without(differing_images.draft, file)
        report = add_layers(plain(differing_images), bundle=bundle, folder=differing_images.folder)
        assert report.layers is None
        assert "satchel explain" not in to_html(report).decode()


def test_a_large_model_is_left_to_explain(differing_images, monkeypatch):
    for limit in ("MOST_OPERATORS", "MOST_BYTES"):
        with monkeypatch.context() as patch:
            patch.setattr(layer_section, limit, 1)
            report = add_layers(
                plain(differing_images),
                bundle=differing_images.draft,
                folder=differing_images.folder,
            )
        assert report.layers.errors == ()
        page = to_html(report).decode()
        assert "Layers were not measured: the model has " in page
        assert "which takes minutes. <code>satchel explain</code> measures them." in page


def test_two_files_that_do_not_belong_together_are_a_sentence_on_the_page(
    differing_images, differing_texts
):
    draft = differing_images.draft
    other = differing_texts.draft.files["full_int8.tflite"]
    mixed = draft._replace(files={**draft.files, "full_int8.tflite": other})
    report = add_layers(plain(differing_images), bundle=mixed, folder=differing_images.folder)
    assert "Expected two conversions of one model" in report.layers.skipped
    assert "Layers were not measured: Expected two" in to_html(report).decode()
