"""Our rule for transparency beside Pillow's, where Pillow has one."""

import pytest
from PIL import Image

from satchel.preprocessing.color_and_alpha import has_transparency

MODES = ["1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "CMYK", "I", "F", "YCbCr"]


@pytest.mark.skipif(not hasattr(Image.Image, "has_transparency_data"), reason="Pillow before 10.1")
@pytest.mark.parametrize("named", [False, True], ids=["unnamed", "named"])
@pytest.mark.parametrize("mode", MODES)
def test_what_is_transparent_is_what_pillow_calls_so(mode, named):
    image = Image.new(mode, (2, 2))
    if named:
        image.info["transparency"] = 0
    assert has_transparency(image) == image.has_transparency_data


@pytest.mark.parametrize(("mode", "expected"), [("RGB", False), ("RGBA", True)])
def test_a_palette_is_as_transparent_as_its_colours(mode, expected):
    image = Image.new("P", (2, 2))
    image.putpalette([0, 0, 0, 255][: len(mode)], mode)
    assert has_transparency(image) == expected
