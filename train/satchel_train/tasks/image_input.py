"""Images as samples of a model."""

from pathlib import Path

from satchel.bundle import ImageInput, Json
from satchel_train.data.image_inputs import ImageInputs
from satchel_train.data.samples import Images


def model_inputs(contents: Images, image: ImageInput, *, vocabulary: bytes | None) -> ImageInputs:
    """Return images as inputs of the float model, which are converted when a batch needs them."""
    return ImageInputs(contents, image)


def sample_fields(contents: Images, folder: Path, part: str) -> list[dict[str, Json]]:
    """Return the file name of each image, after writing it as PNG to ``folder``/``part``."""
    from PIL import Image

    (folder / part).mkdir(parents=True)
    names = [f"{part}/{number:05}.png" for number in range(len(contents))]
    for name, pixels in zip(names, contents, strict=True):
        Image.fromarray(pixels).save(folder / name, compress_level=1)
    return [{"picture": name} for name in names]
