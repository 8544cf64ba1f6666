import re
import xml.etree.ElementTree as ElementTree
from urllib.parse import unquote

import pytest

from helpers.reports import make_finding
from satchel_convert.explanation.layers import LayerError
from satchel_convert.reporting.pareto import Point, front_of, points_of
from satchel_convert.reporting.plots import MOST_BARS, layer_plot, pareto_plot
from satchel_convert.reporting.report import make_report
from satchel_convert.tasks import image_output, label_output
from satchel_convert.verification.verify import Verification

SVG = "{http://www.w3.org/2000/svg}"

TASK = "image-classification"


def texts_of(plot):
    """Return what is written in a plot, with the place of each text."""
    tree = ElementTree.fromstring(unquote(plot.url.removeprefix("data:image/svg+xml,")))
    return {text.text: text.attrib for text in tree.iter(f"{SVG}text")}


def point(name, size, cost, outcome="passed"):
    return Point(name, size, cost, (cost - 0.2, cost + 0.2), outcome)


def test_the_front_has_what_no_other_beats_and_nothing_that_failed():
    best, smaller, beaten, failed, equal = (
        point("best", 400, 0.0),
        point("smaller", 100, 0.5),
        point("beaten", 200, 0.6),
        point("failed", 50, -1.0, "failed"),
        point("equal", 500, 0.0),
    )
    assert front_of([best, smaller, beaten, failed, equal]) == [smaller, best]
    assert front_of([failed]) == []


def test_every_model_that_converted_is_a_point_with_its_interval():
    findings = [make_finding("full_int8.tflite", failures=("far",)), make_finding("float32.onnx")]
    points = points_of(make_report("bands", Verification(TASK, 200, 0.99, findings)))
    assert [each.outcome for each in points] == ["failed", "passed"]
    assert points[1] == Point("float32.onnx", 1234567, 0.25, (-0.4, 1.1), "passed")


@pytest.mark.parametrize("output", [label_output, image_output])
def test_the_plot_names_every_point_and_says_which_no_other_beats(output):
    points = [point("small", 100, 0.5), point("large", 400, 0.0), point("both", 500, 1.0)]
    plot = pareto_plot(points, scale=output.COST)
    assert {"small", "large", "both"} <= texts_of(plot).keys()
    assert plot.alt.endswith("3 models; beaten by no other: small, large.")
    assert plot == pareto_plot(points, scale=output.COST)


def test_names_of_points_in_one_place_are_written_in_different_lines():
    names = [f"model {number}" for number in range(8)]
    texts = texts_of(
        pareto_plot([point(name, 1000, 0.0) for name in names], scale=label_output.COST)
    )
    places = {(texts[name]["x"], texts[name]["y"]) for name in names}
    assert len(places) == len(names)


def layers(count):
    return [
        LayerError(f"layer_{at}", "CONV_2D", 30.0, at / 10, at / sum(range(count)))
        for at in range(count)
    ]


def test_the_layers_that_lose_most_are_drawn_in_their_order():
    texts = [each for each in texts_of(layer_plot(layers(30))) if each.startswith("layer_")]
    assert texts == [f"layer_{at}" for at in range(30 - MOST_BARS, 30)]


def test_the_first_of_many_layers_that_lose_as_much_are_drawn():
    same = [each._replace(share=0.0) for each in layers(30)]
    texts = [each for each in texts_of(layer_plot(same)) if each.startswith("layer_")]
    assert texts == [f"layer_{at}" for at in range(MOST_BARS)]


def test_a_layer_that_loses_nothing_is_said_to_be_exact_and_a_dollar_is_a_dollar():
    exact = LayerError("a$b$c", "RESHAPE", float("inf"), 0.0, 0.0)
    texts = texts_of(layer_plot([exact, *layers(2)]))
    assert {"exact", "a$b$c"} <= texts.keys()


def test_of_a_long_name_the_end_is_kept():
    name = "encoder/attention_block_17/projection"
    [shown] = [
        each
        for each in texts_of(layer_plot([layers(2)[1]._replace(name=name)]))
        if "\u2026" in each
    ]
    assert name.endswith(shown.removeprefix("\u2026"))


def test_a_plot_has_no_digits_below_a_pixel_and_all_those_of_its_texts():
    plot = pareto_plot([point("v1.00001", 400, 0.0)], scale=label_output.COST)
    svg = unquote(plot.url)
    assert re.findall(r"\.\d{3}", re.sub(">[^<]+<", "><", svg)) == []
    assert "v1.00001" in texts_of(plot)
