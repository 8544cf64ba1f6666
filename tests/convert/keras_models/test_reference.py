import gc
import tempfile
from dataclasses import replace

import numpy as np
import pytest

from satchel_convert.errors import ConversionError
from satchel_convert.float_models import predictions
from satchel_convert.keras_models.reference import StoredPredictions, float_predictions
from satchel_convert.tasks import label_output


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """Where temporary files go."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("kind", ["images", "texts"])
def test_probabilities_come_back_whole_and_leave_no_file(kind, request, scratch):
    tiny = request.getfixturevalue(kind)
    found = float_predictions(tiny.folder, tiny.folder.inputs)
    # Two processes with other thread pools add float32 in another order.
    np.testing.assert_allclose(found, tiny.expected, rtol=0, atol=1e-6)
    assert found.dtype == np.float32
    assert list(scratch.iterdir()) == []


def test_images_stay_in_a_file_as_long_as_somebody_has_them(styles, scratch):
    found = float_predictions(styles.folder, styles.folder.inputs)
    assert len(list(scratch.iterdir())) == 1
    assert found[2:4].shape == (2, 16, 16, 3)
    # A level, where a number near a half may round to either neighbour.
    assert np.abs(found[2:4].astype(int) - styles.expected[2:4]).max() <= 1
    del found
    gc.collect()
    assert list(scratch.iterdir()) == []


def test_a_float_model_that_fails_leaves_no_file(image_copy, images, scratch):
    (image_copy / "model.keras").write_bytes(b"not a zip")
    with pytest.raises(ConversionError, match="Expected a Keras model in"):
        float_predictions(replace(images.folder, path=image_copy), images.folder.inputs)
    gc.collect()
    assert list(scratch.iterdir()) == [image_copy]


def test_what_is_read_of_a_file_is_no_longer_bound_to_it(tmp_path):
    path = tmp_path / "answers.npy"
    np.save(path, np.arange(6, dtype=np.uint8).reshape(3, 2))
    stored = StoredPredictions(path)
    found = stored[1:]
    del stored
    gc.collect()
    assert not path.exists()
    assert found.tolist() == [[2, 3], [4, 5]]


def test_batches_make_no_difference_to_the_answers(images, monkeypatch):
    size = images.inputs[:1].nbytes // 3 * 4
    monkeypatch.setattr(label_output, "BATCH_BYTES", 5 * size)
    folder = images.folder
    found = predictions.reference_predictions(folder.model_path, folder.card, folder.inputs)
    # Kernels add in another order for another size of the batch.
    np.testing.assert_allclose(found, images.expected, rtol=0, atol=1e-6)


def test_a_large_image_makes_the_batch_small():
    assert label_output.batch_size(4 * 224 * 224 * 3) == 27
    assert label_output.batch_size(4 * 28 * 28) == label_output.BATCH
    assert label_output.batch_size(4 * 4096 * 4096 * 3) == 1
