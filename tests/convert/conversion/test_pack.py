import json
from dataclasses import replace

import pytest

from satchel.bundle.reading import open_bundle
from satchel.engines.engine import ENGINES
from satchel.selftest.replay import selftest
from satchel.selftest.vectors import golden_vectors
from satchel_convert.conversion.convert import MatrixEntry
from satchel_convert.conversion.pack import draft_bundle, pack_bundle
from satchel_convert.errors import ConversionError
from satchel_convert.golden.images import NOISE_SHARE
from satchel_convert.model_folder import deployed_card
from satchel_convert.schemes import FORMATS, PREFERENCE, USUAL
from satchel_convert.verification.limits import LabelLimits
from satchel_convert.verification.verify import verify

REPORTS = {"report.json": b"{}\n", "report.html": b"<!DOCTYPE html>\n"}


@pytest.fixture(scope="module")
def draft(images, conversions):
    return draft_bundle(images.folder, conversions)


@pytest.fixture(scope="module")
def check(images, conversions, draft):
    """Return a function that verifies the draft."""

    def check(limits=LabelLimits()):  # noqa: B008 - frozen
        return verify(
            draft,
            conversions.inputs,
            reference=conversions.reference,
            truth=images.folder.truth,
            limits=limits,
        )

    return check


@pytest.fixture(scope="module")
def verification(check):
    return check()


@pytest.fixture(scope="module")
def packed(images, conversions, draft, verification):
    return pack_bundle(images.folder, conversions, draft, verification, REPORTS)


@pytest.fixture
def bundle(packed, tmp_path):
    (tmp_path / "bands.satchel").write_bytes(packed)
    return open_bundle(tmp_path / "bands.satchel")


def test_the_draft_has_every_model_the_smaller_schemes_first(draft):
    files = [model.file for model in draft.card.models]
    usual = [scheme for scheme in PREFERENCE if scheme in USUAL]
    assert files == [f"{scheme}.{format_}" for scheme in usual for format_ in FORMATS]
    for model in draft.card.models:
        assert model.size_bytes == len(draft.files[model.file])


def test_the_draft_leaves_out_what_did_not_convert(images, conversions):
    models = [
        each if each.scheme == "float16" else MatrixEntry(each.format, each.scheme, None, "no")
        for each in conversions.models
    ]
    found = draft_bundle(images.folder, conversions._replace(models=models))
    assert [model.file for model in found.card.models] == ["float16.tflite", "float16.onnx"]
    assert set(found.files) == {"float16.tflite", "float16.onnx"}


def test_where_nothing_converted_the_first_reason_is_said(images, conversions):
    models = [
        MatrixEntry("tflite", "float32", None, "too odd"),
        MatrixEntry("onnx", "float32", None, "too large"),
    ]
    with pytest.raises(ConversionError, match=r"none of 2 did; float32\.tflite: too odd$"):
        draft_bundle(images.folder, conversions._replace(models=models))


def test_every_model_needs_engines_that_run_its_format(draft):
    for model in draft.card.models:
        assert model.needs
        assert all(model.format in ENGINES[engine].formats for engine in model.needs)


def test_every_model_is_within_the_default_limits(verification):
    assert [each.failures for each in verification.findings] == [()] * 8
    # Two of the 24 samples are mislabelled, see helpers.model_folders.
    assert verification.reference_accuracy == pytest.approx(22 / 24)


def test_the_bundle_opens_and_says_what_verification_found(bundle, images, verification):
    deployed = deployed_card(images.folder.card)
    assert (bundle.card.name, bundle.card.input) == (deployed.name, deployed.input)
    assert len(bundle.card.models) == 8
    assert [model.verified for model in bundle.card.models] == [
        finding.verified for finding in verification.findings
    ]
    assert bundle.files["report.json"] == REPORTS["report.json"]
    assert bundle.files["report.html"] == REPORTS["report.html"]
    assert bundle.card.provenance["seed"] == 7
    assert "tensorflow 2." in bundle.card.provenance["converter"]


def test_the_selftest_passes_on_every_model(bundle):
    results = selftest(bundle)
    assert {result.file for result in results} == {
        f"{scheme}.{format_}" for scheme in USUAL for format_ in FORMATS
    }
    assert [result for result in results if not result.passed] == []


def test_the_golden_vectors_are_clear_ones_of_several_labels_and_doubtful_ones(bundle):
    vectors = golden_vectors(bundle)
    assert len(vectors) > 8
    assert len({int(vector.prediction.argmax()) for vector in vectors[:6:2]}) == 3
    assert all(vector.input.other is None for vector in vectors[:6:2])
    assert all(vector.input.share == NOISE_SHARE for vector in vectors[1:6:2])
    # Of 0.11 to 0.89.
    assert all(max(vector.prediction * (1 - vector.prediction)) > 0.1 for vector in vectors[6:])


def test_each_tolerance_has_a_reason_and_room_above_what_was_measured(bundle):
    worst = {}
    for result in selftest(bundle):
        assert result.difference < result.tolerance
        worst[result.file] = max(result.tolerance, worst.get(result.file, 0))
    for model in bundle.card.models:
        assert worst[model.file] == model.golden_tolerance < 0.1
        assert " where it was packed, and " in model.golden_tolerance_why


def test_packed_twice_gives_the_same_bytes(packed, images, conversions, draft, check):
    # Verified again, so that what is measured in seconds differs.
    again = pack_bundle(images.folder, conversions, draft, check(), REPORTS)
    assert again == packed


def test_only_models_that_passed_are_inside(images, conversions, draft, check, tmp_path):
    verification = check(LabelLimits(int8_agreement=1.01))
    content = pack_bundle(images.folder, conversions, draft, verification, REPORTS)
    (tmp_path / "bands.satchel").write_bytes(content)
    bundle = open_bundle(tmp_path / "bands.satchel")
    # A float32 model is judged by its largest difference alone.
    expected = [f"float32.{format_}" for format_ in FORMATS]
    assert [model.file for model in bundle.card.models] == expected
    held = [name for name in bundle.files if name.endswith(FORMATS)]
    assert sorted(held) == sorted(expected)


def test_where_no_model_passed_there_is_no_bundle(images, conversions, draft, verification):
    findings = [replace(each, failures=("off",)) for each in verification.findings]
    none = replace(verification, findings=findings)
    with pytest.raises(ConversionError, match=r"^Expected at least one model within the limits"):
        pack_bundle(images.folder, conversions, draft, none, REPORTS)


def test_the_golden_file_is_plain_json_beside_its_inputs(bundle):
    vectors = json.loads(bundle.files[bundle.card.golden])["vectors"]
    assert {vector["input"] for vector in vectors} <= set(bundle.files)
