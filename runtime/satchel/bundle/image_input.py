"""An image as the input of a model, as its card describes it."""

from typing import Literal, NamedTuple, TypeAlias

Fit: TypeAlias = Literal["stretch", "crop", "letterbox"]
ChannelOrder: TypeAlias = Literal["rgb", "bgr"]
Color: TypeAlias = tuple[int, int, int]


class ImageInput(NamedTuple):
    """An image input: the tensor ``pixel * scale + offset``, (1, height, width, channels).

    Scale and offset belong to red, green and blue; ``channel_order`` is applied after them.
    """

    height: int
    width: int
    channels: int = 3
    """The number of channels: 3, or 1 for a model of grey images."""
    fit: Fit = "stretch"
    """How an image gets the model's size. ``stretch`` ignores the aspect ratio. ``crop`` first cuts
    out the largest centred part that has the model's aspect ratio. ``letterbox`` keeps the whole
    image and its aspect ratio, and centres it on ``padding``."""
    background: Color = (255, 255, 255)
    """The sRGB colour that is put behind transparent pixels."""
    scale: tuple[float, ...] = (1.0,)
    """One factor for all channels, or one for each channel."""
    offset: tuple[float, ...] = (0.0,)
    """One term for all channels, or one for each channel."""
    channel_order: ChannelOrder = "rgb"
    """The order of the channels in the tensor: ``bgr`` for a model that was trained on images that
    OpenCV read."""
    padding: Color = (0, 0, 0)
    """The sRGB colour around a letterboxed image."""
    kind: Literal["image"] = "image"

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the float model's input, without the batch."""
        return (self.height, self.width, self.channels)

    @property
    def features(self) -> tuple[str, ...]:
        """The features that a reader needs for this input, as a card names them."""
        return tuple(
            feature
            for feature, used in (
                ("channel-order", self.channel_order != "rgb"),
                ("grey", self.channels == 1),
                ("letterbox", self.fit == "letterbox"),
            )
            if used
        )

    @property
    def files(self) -> tuple[str, ...]:
        """An empty tuple: such an input needs no file."""
        return ()
