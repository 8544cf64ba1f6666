import doctest

import numpy as np
import pytest

from satchel_convert import text_rows as text_rows_module
from satchel_convert.errors import ConversionError
from satchel_convert.text_rows import (
    by_name,
    highest_text,
    in_file_order,
    rows_of,
    split,
    tensors_named,
)

TEXT = np.int32([[[5, 6, 0], [1, 1, 0], [0, 0, 0]]])
"""A text with the rows ids, mask and segments"""


@pytest.mark.parametrize(
    "names",
    [
        ("input_ids", "attention_mask", "token_type_ids"),
        ("input_word_ids", "input_mask", "input_type_ids"),
        ("token_ids", "padding_mask", "segment_ids"),
        ("ids", "mask", "segments"),
        ("serving_default_INPUT_IDS:0", "serving_default_attention_mask:0", "token_type_ids:12"),
    ],
)
def test_the_names_of_every_framework_are_known(names):
    assert tensors_named(names) == ("ids", "mask", "segments")
    assert tensors_named(names[1::-1]) == ("ids", "mask")


@pytest.mark.parametrize(
    "names",
    [
        ("ids",),
        ("attention_mask", "token_type_ids"),
        ("input_ids", "position_ids"),
        ("input_ids", "token_ids"),
        ("image", "text"),
        (),
    ],
)
def test_names_that_do_not_say_what_several_inputs_hold(names):
    assert tensors_named(names) == ()


def test_each_input_reads_the_row_of_its_name():
    names = ("attention_mask", "token_type_ids", "input_ids")
    rows = rows_of(names, ("ids", "mask", "segments"))
    assert rows == (1, 2, 0)
    mask, segments, ids = split(TEXT, rows)
    assert (ids.tolist(), mask.tolist(), segments.tolist()) == (
        [[5, 6, 0]],
        [[1, 1, 0]],
        [[0, 0, 0]],
    )


def test_one_input_reads_a_prepared_text_as_it_is():
    assert rows_of(["whatever"], ("ids",)) == ()
    assert rows_of(["image"], ()) == ()
    (found,) = split(TEXT[:, 0], ())
    assert found is not None
    assert found.tolist() == [[5, 6, 0]]


@pytest.mark.parametrize(
    ("names", "tensors"),
    [
        (("input_ids", "attention_mask"), ("ids", "mask", "segments")),
        (("input_ids", "token_type_ids"), ("ids", "mask")),
        (("a", "b"), ("ids", "mask")),
        (("input_ids", "attention_mask"), ("ids",)),
        (("input_ids", "attention_mask"), ()),
    ],
)
def test_inputs_that_are_not_the_card_s_are_refused_by_name(names, tensors):
    with pytest.raises(ConversionError, match=f"of its card as input, got {', '.join(names)}: "):
        rows_of(names, tensors)


def test_a_card_s_order_becomes_that_of_files():
    other = TEXT[:, [0, 2, 1]]
    assert in_file_order(other, ("ids", "segments", "mask")).tolist() == TEXT.tolist()
    assert in_file_order(TEXT, ("ids", "mask", "segments")) is TEXT
    pixels = np.zeros((1, 2, 2, 3), np.uint8)
    assert in_file_order(pixels, ()) is pixels


def test_samples_are_fed_by_name_in_the_order_of_the_names():
    fed = by_name(TEXT, ["mask", "ids", "segment_ids"])
    assert list(fed) == ["mask", "ids", "segment_ids"]
    assert fed["mask"].tolist() == [[1, 1, 0]]
    assert fed["ids"].tolist() == [[5, 6, 0]]
    # Without segments in the file, its samples have no row of them.
    assert by_name(TEXT[:, :2], ["attention_mask", "input_ids"])["input_ids"].tolist() == [
        [5, 6, 0]
    ]


def test_the_highest_text_has_a_mask_of_ones_and_segments_of_zeros():
    assert highest_text(("ids", "mask", "segments"), 2, 9).tolist() == [[[9, 9], [1, 1], [0, 0]]]
    assert highest_text(("ids",), 2, 9).tolist() == [[9, 9]]


def test_the_example_is_right():
    assert doctest.testmod(text_rows_module).failed == 0
