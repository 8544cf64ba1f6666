"""A generator and a style model, from the model folder to a bundle that passes its self-test."""

import io
import json
import zipfile

import numpy as np
import pytest

from satchel.bundle.card import TensorSpec
from satchel.bundle.image_input import ImageInput
from satchel.bundle.reading import open_bundle
from satchel.preprocessing.images import decode
from satchel.selftest.replay import selftest
from satchel.selftest.vectors import golden_vectors
from satchel.tasks.image_generation import ImageGenerator
from satchel.tasks.style_transfer import StyleTransfer
from satchel_convert.conversion.convert import convert
from satchel_convert.conversion.pack import draft_bundle, pack_bundle
from satchel_convert.golden.candidates import ANY
from satchel_convert.model_folder import check_same_model, deployed_card
from satchel_convert.reporting.page import to_html
from satchel_convert.reporting.report import make_report
from satchel_convert.reporting.report_json import to_json
from satchel_convert.reporting.terminal import print_table
from satchel_convert.schemes import FORMATS, USUAL
from satchel_convert.verification.limits import ImageLimits
from satchel_convert.verification.verify import EXAMPLES, FLOAT_MODEL, verify

KINDS = ("faces", "styles")
MATRIX = {f"{scheme}.{format_}" for scheme in USUAL for format_ in FORMATS}


def carry(tiny):
    """Return the conversions, the verification and the bytes of the bundle of a model folder."""
    conversions = convert(tiny.folder)
    draft = draft_bundle(tiny.folder, conversions)
    verification = verify(
        draft,
        conversions.inputs,
        reference=conversions.reference,
        truth=tiny.folder.truth,
        limits=ImageLimits(),
    )
    packed = pack_bundle(tiny.folder, conversions, draft, verification, {})
    return conversions, verification, packed


@pytest.fixture(scope="module")
def carried(faces, styles):
    return {"faces": carry(faces), "styles": carry(styles)}


@pytest.fixture(scope="module", params=KINDS)
def kind(request):
    return request.param


@pytest.fixture
def bundle(carried, kind, tmp_path):
    (tmp_path / "made.satchel").write_bytes(carried[kind][2])
    return open_bundle(tmp_path / "made.satchel")


@pytest.fixture
def made(faces, styles, kind):
    """The model folder, by its kind."""
    return {"faces": faces, "styles": styles}[kind]


def test_the_float_model_makes_images_that_differ(made):
    assert made.expected.dtype == np.uint8
    assert made.expected.shape == (len(made.folder.evaluation), 16, 16, 3)
    # What the other tests compare is no grey on grey.
    assert made.expected.std() > 20
    assert np.ptp(made.expected.astype(int), axis=0).mean() > 20


def test_all_eight_models_convert_and_are_within_the_default_limits(carried, kind, bundle):
    conversions, verification, _ = carried[kind]
    assert [each.failure for each in conversions.models] == [None] * 8
    assert [each.failures for each in verification.findings] == [()] * 8
    assert verification.reference_accuracy is None
    assert {model.file for model in bundle.card.models} == MATRIX
    assert [model.verified for model in bundle.card.models] == [
        finding.verified for finding in verification.findings
    ]


def test_eight_bits_are_farther_from_the_float_model_than_sixteen(carried, kind):
    ratios = {
        finding.entry.file: finding.verified.psnr_db or np.inf
        for finding in carried[kind][1].findings
    }
    for format_ in FORMATS:
        assert ratios[f"float32.{format_}"] >= ratios[f"float16.{format_}"]
        assert ratios[f"float16.{format_}"] > ratios[f"full_int8.{format_}"] > 25


def test_images_leave_as_pixels_whatever_the_samples_range(bundle, kind):
    specs = {model.file: (model.input, model.output) for model in bundle.card.models}
    levels = TensorSpec("uint8", 1.0, 0)
    real = TensorSpec("float32")
    # A latent stays real numbers: only images are levels to begin with.
    taken = levels if kind == "styles" else real
    calibrated = specs.pop("full_int8.tflite")
    # Whether levels come out depends on the route that was best.
    assert calibrated in ((taken, levels), (taken, real))
    assert set(specs.values()) == {(real, real)}
    assert (bundle.card.output.channels, bundle.card.output.scale) == (3, (1.0,))
    assert bundle.card.output.offset == (0.0,)


def test_the_selftest_passes_on_every_model(bundle):
    results = selftest(bundle)
    assert {result.file for result in results} == MATRIX
    assert [result for result in results if not result.passed] == []
    worst = {}
    for result in results:
        worst[result.file] = max(result.difference, worst.get(result.file, 0))
    for model in bundle.card.models:
        assert worst[model.file] < model.golden_tolerance < 0.1
        assert "level" in model.golden_tolerance_why


def test_the_golden_vectors_are_what_the_float_model_made(bundle, made):
    vectors = golden_vectors(bundle)
    assert len(vectors) == ANY
    values = [sample.value for sample in made.folder.evaluation]
    for vector in vectors:
        raws = [value if isinstance(value, int) else value.read_bytes() for value in values]
        expected = made.expected[raws.index(vector.input.raw)]
        # Two processes with other thread pools add float32 in another order.
        assert np.abs(vector.prediction.astype(int) - expected).max() <= 1
    listed = json.loads(bundle.files[bundle.card.golden])["vectors"]
    for number, vector in enumerate(listed):
        assert vector["output"] == f"golden/{number}-output.png"
        assert decode(bundle.files[vector["output"]]).shape == (16, 16, 3)


def test_the_public_class_makes_the_images(bundle, kind, made):
    sample = made.folder.evaluation[1].value
    if kind == "faces":
        found = ImageGenerator(bundle, model="float32.onnx").generate(sample)
    else:
        found = StyleTransfer(bundle, model="float32.onnx").apply(sample)
    assert np.abs(found.astype(int) - made.expected[1]).max() <= 1


def test_the_bundle_is_recognized_as_that_of_its_folder(bundle, made):
    check_same_model(bundle.card, made.folder)
    assert bundle.card.input == deployed_card(made.folder.card).input


@pytest.mark.parametrize("format_", FORMATS)
def test_the_same_folder_gives_the_same_bytes(carried, kind, made, format_):
    again = convert(made.folder, formats=(format_,), schemes=("full_int8",)).models[0]
    first = {each.file: each.model for each in carried[kind][0].models}[again.file]
    assert again.model == first


def test_packed_twice_gives_the_same_bytes(carried, kind, made):
    conversions, verification, packed = carried[kind]
    draft = draft_bundle(made.folder, conversions)
    assert pack_bundle(made.folder, conversions, draft, verification, {}) == packed


def test_metadata_calls_the_ends_what_they_are(bundle, kind):
    from ai_edge_litert import schema_py_generated as schema
    from mediapipe.tasks.metadata import metadata_schema_py_generated as metadata

    model = bundle.files["float32.tflite"]
    root = schema.Model.GetRootAsModel(model, 0)
    entries = [root.Metadata(at) for at in range(root.MetadataLength())]
    (entry,) = [entry for entry in entries if entry.Name() == b"TFLITE_METADATA"]
    content = root.Buffers(entry.Buffer()).DataAsNumpy().tobytes()
    described = metadata.ModelMetadataT.InitFromObj(
        metadata.ModelMetadata.GetRootAsModelMetadata(content, 0)
    )
    (graph,) = described.subgraphMetadata
    (taken,), (given,) = graph.inputTensorMetadata, graph.outputTensorMetadata
    assert described.description.decode() == f"{bundle.card.task} of 16 x 16 pixels, by Satchel"
    properties = metadata.ContentProperties
    assert given.content.contentPropertiesType == properties.ImageProperties
    assert (given.stats.min[0], given.stats.max[0]) == (0, 255)
    if isinstance(bundle.card.input, ImageInput):
        assert taken.content.contentPropertiesType == properties.ImageProperties
    else:
        assert taken.content.contentPropertiesType == properties.FeatureProperties
        assert (taken.stats.min[0], taken.stats.max[0]) == (-1, 1)
    # No labels, no vocabulary: no archive behind the model.
    assert not zipfile.is_zipfile(io.BytesIO(model))


def test_the_report_has_ratios_in_the_place_of_accuracy(carried, kind, capsys):
    report = make_report(kind, carried[kind][1])
    page = to_html(report).decode()
    assert "PSNR" in page
    assert "accura" not in page
    assert page == to_html(report).decode()
    # Those of the float model and of the one farthest from it, within the page.
    float_model, farthest = report.strips
    assert float_model.name == FLOAT_MODEL
    assert "int8" in farthest.name
    assert page.count('<img src="data:image/png;base64,') == 2 * EXAMPLES
    content = json.loads(to_json(report))
    assert "strips" not in content
    assert content["reference_accuracy"] is None
    assert {"psnr_db", "worst_psnr_db"} <= content["rows"][0]["verified"].keys()
    print_table(report)
    printed = capsys.readouterr().out
    assert all(file in printed for file in MATRIX)
    assert "accuracy" not in printed
