"""Cases 49 to 52: what is to be classified."""

import io
import struct
import threading
import zlib

import numpy as np
import pytest
from PIL import Image

from helpers.golden import GOLDEN
from satchel import ImageGenerator, TextClassifier, limits
from satchel.errors import InputError

pytest.importorskip("ai_edge_litert")

NOISE = np.random.default_rng(7).integers(0, 256, (30, 40, 4), dtype=np.uint8)
ZOO_OF_STRINGS = {
    "nothing": "",
    "ten million letters": "a" * 10_000_000,
    "ten million spaces": " " * 10_000_000,
    "lone surrogates": "\ud800 good \udfff" * 10,
    "NUL": "good\0bad\0" * 10,
    "right to left": "\u202eفيلم رائع\u202c سرט טוב",
    "unknown script": "𒀀𒁀𒂀 \U0010fffd ⟁ \u1234",
    "combining": "e" + "\u0301" * 10_000,
    "joined emoji": "👨\u200d👩\u200d👧\u200d👦" * 100,
}


@pytest.fixture(scope="module")
def reader():
    return TextClassifier(GOLDEN / "reviews.satchel")


def encoded(image, form, **options):
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def png_bomb(width, height):
    """Return a PNG of a few bytes that says it has so many pixels."""
    header = b"IHDR" + struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    data = b"IDAT" + zlib.compress(bytes(1000))
    chunks = [
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
        for chunk in (header, data, b"IEND")
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("sides", [(2**31 - 1, 2**31 - 1), (100_000, 100_000), (10_000, 9000)])
def test_case_49_an_image_that_says_it_is_huge_is_refused_by_its_header(sides, previous, held):
    held(InputError, lambda: previous.classify(png_bomb(*sides)))


def test_case_49_the_limit_of_pixels_can_be_changed(previous, held, monkeypatch):
    image = encoded(Image.fromarray(NOISE[..., :3]), "PNG")
    assert previous.classify(image)
    monkeypatch.setattr(limits, "MAX_PIXELS", 1199)
    assert "at most 1,199 pixels, got 40 x 30" in held(InputError, lambda: previous.classify(image))


def test_case_49_the_limit_of_an_encoded_images_bytes_can_be_changed(
    tmp_path, previous, held, monkeypatch
):
    path = tmp_path / "large.bmp"
    path.write_bytes(encoded(Image.fromarray(NOISE[..., :3]), "BMP"))
    monkeypatch.setattr(limits, "MAX_IMAGE_BYTES", 1000)
    assert "at most 1,000 bytes" in held(InputError, lambda: previous.classify(path))


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9])
def test_case_49_a_truncated_jpeg_is_refused(share, previous, held):
    whole = encoded(Image.fromarray(NOISE[..., :3]), "JPEG")
    held(InputError, lambda: previous.classify(whole[: int(share * len(whole))]))


@pytest.mark.parametrize(
    ("form", "mode"),
    [("JPEG", "CMYK"), ("PNG", "I;16"), ("PNG", "LA"), ("PNG", "RGBA"), ("TIFF", "CMYK"),
     ("GIF", "P"), ("PNG", "1")],
)  # fmt: skip
def test_case_49_images_of_every_mode_are_answered(form, mode, previous):
    image = Image.fromarray(NOISE, "RGBA" if mode in ("RGBA", "LA") else None).convert(mode)
    scores = previous.scores(encoded(image, form))
    assert scores.sum() == pytest.approx(1, abs=0.02)  # ten uint8 steps of 1/256 each


def test_case_49_a_turned_image_is_read_upright_and_of_an_animation_the_first(previous):
    # 8 x 8 is the model's size: nothing is resampled.
    rows = NOISE[:8, :8, :3]
    turned = Image.Exif()
    turned[274] = 6
    upright = previous.scores(encoded(Image.fromarray(np.rot90(rows, -1)), "PNG"))
    assert np.array_equal(
        previous.scores(encoded(Image.fromarray(rows), "PNG", exif=turned)), upright
    )
    first = Image.fromarray(rows).convert("P")
    moving = encoded(first, "GIF", save_all=True, append_images=[Image.new("P", (8, 8))])
    assert np.array_equal(previous.scores(moving), previous.scores(encoded(first, "GIF")))


@pytest.mark.parametrize("text", ZOO_OF_STRINGS.values(), ids=ZOO_OF_STRINGS)
def test_case_50_any_string_is_answered(text, reader):
    predictions = reader.classify(text)
    assert sum(prediction.score for prediction in predictions) == pytest.approx(1, abs=0.01)


def test_case_50_a_longer_string_than_the_limit_is_refused(reader, held, monkeypatch):
    message = held(InputError, lambda: reader.classify("x" * (limits.MAX_TEXT_LENGTH + 1)))
    assert "at most 16,777,216 characters, got 16,777,217" in message
    monkeypatch.setattr(limits, "MAX_TEXT_LENGTH", 5)
    assert reader.classify("good ")
    held(InputError, lambda: reader.classify("good one"))


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf, 1e39])
def test_case_51_numbers_that_are_not_finite_are_refused(odd, previous, bundle_of, held):
    from hostile import tflite_files as tflite

    generator = ImageGenerator(bundle_of(tflite.image(0.5)))
    latent = np.array([0, 0, odd, 0], np.float64)
    held(InputError, lambda: generator.render(latent))
    held(InputError, lambda: previous.classify(np.full((8, 8, 3), odd, np.float64)))


def test_case_52_many_threads_on_one_classifier_get_their_own_answers(previous):
    images = np.random.default_rng(52).integers(0, 256, (8, 8, 8, 3), dtype=np.uint8)
    alone = [previous.scores(image) for image in images]
    wrong = []

    def ask(number):
        for _ in range(50):
            if not np.array_equal(previous.scores(images[number]), alone[number]):
                wrong.append(number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert len({prediction.tobytes() for prediction in alone}) > 1
