"""Which files are images, and what is imported for them."""

import io
import subprocess
import sys

import pytest
from PIL import Image

from satchel.errors import InputError
from satchel.preprocessing.image_formats import FORMATS, SUFFIXES, open_image


def encoded(name):
    target = io.BytesIO()
    Image.new("RGB", (3, 2), (10, 200, 30)).save(target, name)
    return target.getvalue()


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_is_told_by_how_its_files_begin(name):
    with open_image(encoded(name)) as image:
        assert (image.format, image.size) == (name, (3, 2))


@pytest.mark.parametrize(
    "beginning", [b"", b"P6 3 2 255 ", b"%!PS-Adobe-3.0 EPSF-3.0", b"RIFF0000WAVE"]
)
def test_other_files_are_refused_with_the_formats_that_are_known(beginning):
    with pytest.raises(InputError, match="BMP, GIF, JPEG, PNG, TIFF, WEBP"):
        open_image(beginning)


def test_every_suffix_is_one_of_these_formats():
    Image.init()
    assert {Image.EXTENSION[suffix] for suffix in SUFFIXES} == set(FORMATS)


def test_a_new_process_imports_the_decoder_of_its_image_alone(tmp_path):
    file = tmp_path / "picture.png"
    file.write_bytes(encoded("PNG"))
    program = (
        "import sys\nfrom satchel.preprocessing.images import decode\ndecode(sys.argv[1])\n"
        "print(*sorted(name for name in sys.modules if name.endswith('ImagePlugin')))"
    )
    words = [sys.executable, "-c", program, str(file)]
    printed = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    assert printed.split() == ["PIL.PngImagePlugin"]
