import io

import numpy as np
from PIL import Image

from satchel_train.plots.contact_sheet import GAP, contact_sheet


def read(content):
    return np.asarray(Image.open(io.BytesIO(content)))


def test_rows_and_columns_are_where_they_were_given_with_white_between():
    rows = [
        np.full((3, 4, 5, 3), 10, np.uint8) * np.arange(3, dtype=np.uint8)[:, None, None, None],
        np.full((3, 4, 5, 3), 99, np.uint8),
    ]
    sheet = read(contact_sheet(rows))
    assert sheet.shape == (2 * 4 + GAP, 3 * 5 + 2 * GAP, 3)
    assert (sheet[:4, 2 * (5 + GAP) :] == 20).all()
    assert (sheet[4 + GAP :, :5] == 99).all()
    assert (sheet[4 : 4 + GAP] == 255).all()
    assert (sheet[:, 5 : 5 + GAP] == 255).all()


def test_pixels_are_enlarged_by_repetition():
    image = np.arange(12, dtype=np.uint8).reshape(1, 2, 2, 3)
    sheet = read(contact_sheet([image], enlarged=3))
    np.testing.assert_array_equal(sheet[::3, ::3], image[0])
    assert (sheet[:3, :3] == image[0, 0, 0]).all()
