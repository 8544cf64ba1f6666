"""Masks are added and multiplied, with the same shares for every text, the empty one too."""

import numpy as np
import pytest

from helpers.attention_files import HEADS, LENGTH, Attention, texts
from helpers.tflite_engine import outputs, partition
from satchel_convert.tflite.passes.attention_masks import add_masks
from satchel_convert.tflite.passes.run import run_passes
from satchel_convert.tflite.passes.unread_operators import remove_unread_operators

LOW = -1e9


def all_true(file):
    true = file.bools(np.ones((1, HEADS, LENGTH, LENGTH), bool))
    return file.join("LOGICAL_AND", file.row(), true, kind="BOOL")


MASKS = {"row": Attention.row, "square": Attention.square, "true": all_true}


def attend(file, mask, *, low=LOW, twice=True, values=None):
    """Return what one layer of attention puts out."""
    shares = file.softmax(file.choose(mask, file.scores(), file.number(low)))
    if twice:
        shares = file.choose(mask, shares, file.number(0))
    return file.product(shares, file.values() if values is None else values)


def one_layer(mask, **chosen):
    file = Attention()
    return file.write(attend(file, MASKS[mask](file), **chosen))


def same(model, *, delegates, outside):
    """Return the file with added masks, which says the same and runs in these parts."""
    added = run_passes(model, [add_masks, remove_unread_operators])
    # Products with 1 and sums with 0 are exact, but XNNPACK's kernels may sum in another order.
    np.testing.assert_allclose(
        outputs(added, *texts()), outputs(model, *texts()), rtol=1e-5, atol=1e-6
    )
    after = partition(added)
    assert after.delegates == delegates < partition(model).delegates
    assert after.outside == outside
    return added


@pytest.mark.parametrize("low", [-3e4, LOW, float(np.finfo(np.float32).min), -np.inf])
def test_the_mask_of_words_goes_into_the_scores_and_the_values(low):
    model = one_layer("row", low=low)
    # What makes the mask stays outside, eight numbers of it: XNNPACK has no bools.
    same(model, delegates=1, outside=("CAST", "RESHAPE", "SELECT_V2"))
    empty, *others = outputs(model, *texts())
    assert not empty.any()
    assert all(other.any() for other in others)


def test_a_mask_of_pairs_goes_into_the_scores_and_the_shares():
    made = ("LOGICAL_AND", "RESHAPE", "RESHAPE")
    same(one_layer("square"), delegates=1, outside=("CAST", *made, "SELECT_V2"))


@pytest.mark.parametrize("low", [LOW, -np.inf])
def test_scores_that_are_chosen_once_are_too(low):
    model = one_layer("row", low=low, twice=False)
    same(model, delegates=1, outside=("RESHAPE", "SELECT_V2"))
    empty = outputs(model, texts()[0])
    assert np.isnan(empty).all() == (low == -np.inf)


def test_a_constant_that_is_true_everywhere_is_not_asked():
    model = one_layer("true", twice=False)
    added = same(model, delegates=1, outside=("RESHAPE", "SELECT_V2"))
    assert b"\1" * HEADS * LENGTH * LENGTH in model
    assert b"\1" * HEADS * LENGTH * LENGTH not in added


def test_a_low_number_in_the_first_place_stands_where_the_mask_is_true():
    file = Attention()
    row = file.row()
    shares = file.softmax(file.choose(row, file.number(LOW), file.scores()))
    model = file.write(file.product(shares, file.values()))
    same(model, delegates=1, outside=("RESHAPE", "SELECT_V2"))


def test_values_that_are_read_transposed_are_masked_in_their_order():
    file = Attention()
    row = file.row()
    shares = file.softmax(file.choose(row, file.scores(), file.number(LOW)))
    values = file.transpose(file.vectors, 0, 2, 3, 1)
    model = file.write(file.product(file.choose(row, shares, file.number(0)), values, adj_y=True))
    same(model, delegates=1, outside=("CAST", "RESHAPE", "SELECT_V2"))


def test_layers_beside_each_other_share_what_is_made_of_their_mask():
    """The second layer ends before the first, so what they share must stand before both."""
    file = Attention()
    square = file.square()
    first, second = (
        file.softmax(file.choose(square, each, file.number(LOW)))
        for each in (file.scores(), file.as_keras())
    )
    second = file.product(file.choose(square, second, file.number(0)), file.values())
    first = file.product(file.choose(square, first, file.number(0)), file.values())
    model = file.write(file.join("ADD", first, second))
    made = ("LOGICAL_AND", "RESHAPE", "RESHAPE")
    same(model, delegates=1, outside=("CAST", *made, "SELECT_V2"))


def not_low():
    return one_layer("row", low=-10)


def before_no_softmax():
    file = Attention()
    masked = file.choose(file.row(), file.scores(), file.number(LOW))
    return file.write(file.product(masked, file.values()))


def of_all_pairs_of_all_heads():
    """A mask as large as the scores, asked once: a sum would be one operator more."""
    file = Attention()
    heads = file.bools(np.ones((1, HEADS, 1, 1), bool))
    unequal = file.join("LOGICAL_AND", file.square(), heads, kind="BOOL")
    some = file.bools(np.tri(LENGTH, dtype=bool).reshape(1, 1, LENGTH, LENGTH))
    mask = file.join("LOGICAL_AND", unequal, some, kind="BOOL")
    return file.write(attend(file, mask, twice=False))


def whose_scores_are_fewer():
    file = Attention()
    few = file.reshape(file.vectors, 1, 2, 4, 8)
    head = file.transpose(file.product(few, file.values()), 0, 1, 2, 3)
    row = file.reshape(file.words, 1, 1, LENGTH, 1)
    broad = file.softmax(file.choose(row, file.reshape(head, 1, 8, 1, 4), file.number(LOW)))
    return file.write(broad)


def read_as_it_is():
    file = Attention()
    masked = file.choose(file.row(), file.scores(), file.number(LOW))
    return file.write(file.join("ADD", masked, file.softmax(masked)))


@pytest.mark.parametrize(
    "make",
    [
        not_low,
        before_no_softmax,
        of_all_pairs_of_all_heads,
        whose_scores_are_fewer,
        read_as_it_is,
    ],
    ids=lambda each: each.__name__,
)
def test_another_choice_stays_as_it_is(make):
    model = make()
    assert run_passes(model, [add_masks]) == run_passes(model, [])


def test_shares_that_another_mask_hides_stay_hidden():
    file = Attention()
    row, square = file.row(), file.square()
    shares = file.softmax(file.choose(row, file.scores(), file.number(LOW)))
    hidden = file.choose(square, shares, file.number(0))
    model = file.write(file.product(hidden, file.values()))
    added = run_passes(model, [add_masks])
    np.testing.assert_allclose(outputs(added, *texts()), outputs(model, *texts()), rtol=1e-5)
    assert partition(added).outside.count("SELECT_V2") == 2
