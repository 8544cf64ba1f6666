"""An image as the output of a model, as its card describes it."""

from typing import Literal, NamedTuple


class ImageOutput(NamedTuple):
    """An output image with the pixels ``value * scale + offset``, (1, height, width, channels)."""

    height: int
    width: int
    channels: int = 3
    """The number of channels: 3, or 1 for a Keras model of grey images. Always 3 in a bundle."""
    scale: tuple[float, ...] = (1.0,)
    """One factor for all channels, or one for each channel."""
    offset: tuple[float, ...] = (0.0,)
    """One term for all channels, or one for each channel."""
    kind: Literal["image"] = "image"

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the output tensor, without its batch of 1."""
        return (self.height, self.width, self.channels)

    @property
    def labels(self) -> tuple[str, ...]:
        """An empty tuple: an image is not a choice among labels."""
        return ()

    @property
    def features(self) -> tuple[str, ...]:
        """An empty tuple: every reader knows such an output."""
        return ()


class VerifiedImages(NamedTuple):
    """The results of verifying such a model, on the machine that packed it."""

    samples: int
    psnr_db: float | None
    """The peak signal-to-noise ratio over the pixels of all samples, in decibel. None if nothing
    differs."""
    worst_psnr_db: float | None
    """The lowest peak signal-to-noise ratio of any one sample, in decibel. None if nothing
    differs."""
    largest_difference: float
    """The largest difference of any one channel of any pixel, 0 to 1. 1 is 255 levels."""
