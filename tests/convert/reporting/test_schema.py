import copy
import json

import pytest
from jsonschema import Draft202012Validator, ValidationError

from helpers.reports import make_whole_report
from satchel.bundle.image_output import VerifiedImages
from satchel_convert.conversion.convert import MatrixEntry
from satchel_convert.reporting.report import Report, Row, make_report, without_latency
from satchel_convert.reporting.report_json import schema, to_json


@pytest.fixture(scope="module")
def validator():
    Draft202012Validator.check_schema(schema())
    return Draft202012Validator(schema())


@pytest.mark.parametrize("kind", ["differing_images", "differing_texts"])
def test_real_reports_are_valid(kind, validator, request):
    report = make_whole_report(request.getfixturevalue(kind))
    for each in (report, without_latency(report)):
        content = json.loads(to_json(each))
        validator.validate(content)
        assert content["layers"]["errors"]
        assert content["disagreements"]["worst"]


def test_reports_of_failures_and_of_images_are_valid(differing_images, validator):
    failed = [MatrixEntry("onnx", "float16", None, "no kernel")]
    report = make_report("bands", differing_images.verification, failed=failed)
    validator.validate(json.loads(to_json(report)))
    found = VerifiedImages(8, None, None, 0.0)
    row = Row("float32.onnx", "float32", "onnx", 12_000, found, None, ())
    validator.validate(json.loads(to_json(Report("faces", "image-generation", 8, None, [row]))))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content.pop("summary"),
        lambda content: content.update(passed="yes"),
        lambda content: content.update(more=1),
        lambda content: content["rows"][0].pop("verified"),
        lambda content: content["rows"][0]["verified"].update(accuracy=2),
        lambda content: content["rows"][0]["evidence"].update(decision="perhaps"),
        lambda content: content["layers"]["errors"][0].update(share=-1),
        lambda content: content["disagreements"]["worst"][0].pop("truth"),
    ],
)
def test_what_is_none_is_not(spoil, differing_images, validator):
    content = copy.deepcopy(json.loads(to_json(make_whole_report(differing_images))))
    validator.validate(content)
    spoil(content)
    with pytest.raises(ValidationError):
        validator.validate(content)
