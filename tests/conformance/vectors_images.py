"""What the runtime makes of each encoded image, stage by stage."""

import base64
import io
import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from conformance.encoded_images import Encoded
from conformance.refusals import error_of
from conformance.vector_files import Vectors
from satchel import limits
from satchel.bundle.card import TensorSpec
from satchel.bundle.image_input import ImageInput
from satchel.preprocessing.color_and_alpha import has_transparency, to_srgb
from satchel.preprocessing.exif import upright
from satchel.preprocessing.image_header import read_header
from satchel.preprocessing.images import decode, read_pixels, to_tensor
from satchel.selftest.vectors import blend

_IMAGENET = {
    "scale": (0.017124753831663668, 0.01750700280112045, 0.017429193899782137),
    "offset": (-2.1179039301310043, -2.0357142857142856, -1.8044444444444445),
}
_TENSORS: tuple[tuple[str, dict, TensorSpec], ...] = (
    ("pixels as they are", {}, TensorSpec("uint8")),
    ("pixels as floats", {}, TensorSpec("float32")),
    ("0 to 1", {"scale": (1 / 255,)}, TensorSpec("float32")),
    ("-1 to 1", {"scale": (1 / 127.5,), "offset": (-1.0,)}, TensorSpec("float32")),
    ("ImageNet's normalization", _IMAGENET, TensorSpec("float32")),
    ("ImageNet's, to uint8", _IMAGENET, TensorSpec("uint8", 0.018658, 114)),
    ("ImageNet's, to int8", _IMAGENET, TensorSpec("int8", 0.018658, -14)),
    ("ties away from zero", {"scale": (0.5,)}, TensorSpec("uint8", 1.0, 0)),
    ("ties below zero", {"scale": (0.5,), "offset": (-60.0,)}, TensorSpec("int8", 1.0, 0)),
    ("clipped at both ends", {"scale": (4.0,), "offset": (-400.0,)}, TensorSpec("int8", 1.0, 3)),
    ("another scale, plain pixels", {}, TensorSpec("uint8", 2.0, 1)),
    # In double precision a third of the pixels fall to the other side of a half.
    ("float32's ties", {"scale": (1 / 255,), "offset": (0.1,)}, TensorSpec("uint8", 1 / 255)),
    ("int8 of plain pixels", {}, TensorSpec("int8", 1.0, -128)),
    ("a factor below zero", {"scale": (-1.0, 1.0, -0.5)}, TensorSpec("float32")),
    ("blue first", {"channel_order": "bgr"}, TensorSpec("float32")),
    ("blue first, as bytes", {"channel_order": "bgr"}, TensorSpec("uint8")),
    (
        "blue first, scaled",
        {
            "channel_order": "bgr",
            "scale": (1.0, 0.5, 0.25),
            "offset": (-123.68, -116.779, -103.939),
        },
        TensorSpec("float32"),
    ),
    ("grey", {"channels": 1}, TensorSpec("float32")),
    ("grey, scaled", {"channels": 1, "scale": (1 / 255,)}, TensorSpec("float32")),
    ("grey, as bytes", {"channels": 1}, TensorSpec("uint8")),
    ("grey, int8", {"channels": 1, "scale": (1 / 255,)}, TensorSpec("int8", 1 / 255, -128)),
)
"""Name, the card's scale and offset, the tensor of the model's input"""
_SHARES = (1, 64, 127, 128, 255)
"""In 256ths, of a second image in a golden vector"""


def write_images(out: Vectors, images: Iterable[Encoded]) -> None:
    """Write ``pictures.json``, the files it names and the arrays of each stage."""
    listed, contents = [], {}
    for image in images:
        contents[image.name] = image.content
        listed.append(
            {
                "name": image.name,
                "file": out.binary(f"pictures/{image.name}", image.content),
                "levels": image.levels,
                "upright": out.array(f"pictures/{image.name}.upright", rgba(image.content)),
            }
        )
    resized = [_resized(out, contents, *case) for case in chain(_sizes(), _each(contents))]
    names = [case["name"] for case in resized]
    assert len(set(names)) == len(names), "cases share a name"
    tensors = [_tensor(out, contents, *case) for case in _TENSORS]
    blended = [_blended(out, contents, share) for share in _SHARES]
    out.json(
        "pictures",
        {
            "pictures": listed,
            "resized": resized,
            "blended": blended,
            "tensors": tensors,
            "budgets": list(_budgets(contents)),
        },
    )


def _budgets(contents: Mapping[str, bytes]) -> Iterator[dict]:
    """Yield files at the limits of what decoding may cost, as pieces that repeat."""
    jpeg, progressive = contents["444.jpg"], contents["progressive.jpg"]
    begin, end = _second_scan(progressive)
    present = progressive.count(b"\xff\xda")
    webp = io.BytesIO()
    Image.new("RGB", (1, 1)).save(webp, "WEBP", lossless=True)
    still = webp.getvalue()
    frame = b"ANMF" + bytes(4)
    for name, pieces in (
        *(
            (
                f"a JPEG of {scans} scans",
                [
                    (progressive[:end], 1),
                    (progressive[begin:end], scans - present),
                    (progressive[end:], 1),
                ],
            )
            for scans in (limits.MAX_SCANS, limits.MAX_SCANS + 1)
        ),
        *(
            (f"{side} x {side} pixels of {kind}", [(_sized(content, side), 1)])
            for kind, content, side in (
                ("a JPEG", jpeg, 9459),
                ("a JPEG", jpeg, 9460),
                ("a progressive JPEG", progressive, 7327),
                ("a progressive JPEG", progressive, 7328),
            )
        ),
        *(
            (f"{side} x {side} pixels of a lossless WebP", [(_lossless(still, side), 1)])
            for side in (5181, 5182)
        ),
        *(
            (f"{frames} frames of a WebP", [(still, 1), (frame, frames)])
            for frames in (limits.MAX_FRAMES, limits.MAX_FRAMES + 1)
        ),
    ):
        content = b"".join(piece * times for piece, times in pieces)
        yield {
            "name": name,
            "pieces": [[base64.b64encode(piece).decode(), times] for piece, times in pieces],
            "error": error_of(read_header, content),
        }


def _second_scan(content: bytes) -> tuple[int, int]:
    """Return where the second scan of a progressive JPEG and its tables begin and end."""
    scan = content.index(b"\xff\xda", content.index(b"\xff\xda") + 2)
    return content.rindex(b"\xff\xc4", 0, scan), content.index(b"\xff\xc4", scan)


def _sized(jpeg: bytes, side: int) -> bytes:
    """Return a JPEG whose header says another size."""
    (frame,) = (at for at in map(jpeg.find, (b"\xff\xc0", b"\xff\xc2")) if at >= 0)
    return jpeg[: frame + 5] + struct.pack(">HH", side, side) + jpeg[frame + 9 :]


def _lossless(webp: bytes, side: int) -> bytes:
    """Return a lossless WebP whose header says another size."""
    return webp[:21] + struct.pack("<I", side - 1 | (side - 1) << 14) + webp[25:]


def rgba(content: bytes) -> NDArray[np.uint8]:
    """Return an image upright and in sRGB, uint8 (height, width, 4), before it is flattened."""
    with Image.open(io.BytesIO(content)) as image:
        source = to_srgb(upright(image))
        if has_transparency(source):
            return np.asarray(source.convert("RGBA"))
    # Opaque: nothing is mixed.
    pixels = decode(content)
    return np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])


def _sizes() -> Iterable[tuple[str, str, ImageInput]]:
    """Yield name, image and input of what a resize and a crop must get right."""
    for image, height, width, fit in (
        ("one_pixel.png", 1, 1, "stretch"),
        ("one_pixel.png", 5, 3, "stretch"),
        ("one_pixel.png", 3, 5, "crop"),
        ("one_row.png", 7, 7, "stretch"),
        ("one_row.png", 4, 3, "crop"),
        ("one_row.png", 1, 299, "stretch"),
        ("one_column.png", 7, 7, "stretch"),
        ("one_column.png", 3, 9, "crop"),
        ("one_column.png", 301, 1, "stretch"),
        ("odd.png", 13, 29, "stretch"),
        ("odd.png", 13, 8, "stretch"),
        ("odd.png", 13, 31, "stretch"),
        ("odd.png", 7, 29, "stretch"),
        ("odd.png", 17, 29, "stretch"),
        ("odd.png", 7, 7, "stretch"),
        ("odd.png", 7, 7, "crop"),
        ("odd.png", 1, 1, "stretch"),
        ("odd.png", 1, 40, "crop"),
        ("odd.png", 20, 3, "crop"),
        ("odd.png", 26, 58, "stretch"),
        ("odd.png", 27, 11, "stretch"),
        ("black_and_white.png", 48, 9, "stretch"),
        ("black_and_white.png", 16, 33, "crop"),
        ("smooth.png", 8, 8, "crop"),
        ("smooth.png", 28, 28, "stretch"),
        ("smooth.png", 2, 3, "stretch"),
        ("one_pixel.png", 3, 5, "letterbox"),
        ("one_row.png", 4, 3, "letterbox"),
        ("one_column.png", 3, 9, "letterbox"),
        ("odd.png", 7, 7, "letterbox"),
        ("odd.png", 8, 40, "letterbox"),
        ("odd.png", 13, 29, "letterbox"),
        ("odd.png", 20, 30, "letterbox"),
    ):
        name = f"{image} {fit} to {height} x {width}"
        yield name, image, ImageInput(height=height, width=width, fit=fit)
    framed = ImageInput(9, 6, fit="letterbox", padding=(114, 0, 255), background=(9, 8, 7))
    yield "alpha.png letterbox on a colour", "alpha.png", framed
    for background in ((0, 0, 0), (255, 255, 255), (10, 200, 77)):
        for image in ("alpha.png", "grey_alpha.png", "palette_alpha.png", "colour_key.png"):
            input_spec = ImageInput(height=6, width=5, background=background)
            yield f"{image} on {' '.join(map(str, background))}", image, input_spec


def _each(contents: Mapping[str, bytes]) -> Iterable[tuple[str, str, ImageInput]]:
    """Yield every image once more, from the file to the size of a small model."""
    for image in contents:
        yield f"{image} to a model", image, ImageInput(height=6, width=6, fit="crop")


def _resized(
    out: Vectors, contents: Mapping[str, bytes], name: str, image: str, input_spec: ImageInput
) -> dict:
    content = contents[image]
    opaque = (rgba(content)[..., 3] == 255).all()
    place = f"pixels/{_file_name(name)}"
    flat = {} if opaque else {"flattened": out.array(f"{place}.flat", _flat(content, input_spec))}
    pixels = out.array(place, read_pixels(content, input_spec)[0])
    return {"name": name, "picture": image, "input": input_spec._asdict(), **flat, "pixels": pixels}


def _flat(content: bytes, input_spec: ImageInput) -> NDArray[np.uint8]:
    return decode(content, input_spec.background)


def _blended(out: Vectors, contents: Mapping[str, bytes], share: int) -> dict:
    input_spec = ImageInput(height=7, width=5, fit="crop")
    one, other = "odd.png", "alpha.png"
    pixels = blend(*(read_pixels(contents[name], input_spec)[0] for name in (one, other)), share)
    return {
        "name": f"{share}/256 of {other} in {one}",
        "picture": one,
        "other": other,
        "share": share,
        "input": input_spec._asdict(),
        "pixels": out.array(f"pixels/blended_{share}", pixels),
    }


def _tensor(
    out: Vectors, contents: Mapping[str, bytes], name: str, fields: dict, tensor: TensorSpec
) -> dict:
    pixels = read_pixels(contents["odd.png"], ImageInput(height=4, width=9))
    values = to_tensor(pixels, ImageInput(height=4, width=9, **fields), tensor)
    place = f"tensors/{_file_name(name)}"
    return {
        "name": name,
        "pixels": out.array("tensors/pixels", pixels[0]),
        "input": ImageInput(height=4, width=9, **fields)._asdict(),
        "tensor": tensor._asdict(),
        "values": out.array(place, values),
    }


def _file_name(name: str) -> str:
    return re.sub(r"[^\w.]+", "_", name)
