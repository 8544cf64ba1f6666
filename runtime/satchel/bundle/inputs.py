"""The input of a model, as its card describes it: an image, a text or a latent."""

from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

Fit: TypeAlias = Literal["stretch", "crop", "letterbox"]
ChannelOrder: TypeAlias = Literal["rgb", "bgr"]
Color: TypeAlias = tuple[int, int, int]
TextTensor: TypeAlias = Literal["ids", "mask", "segments"]
"""What a tensor of a text model holds: token ids, a 1 for each id that is no padding, or 0."""


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
        """An empty tuple: no file of the bundle is needed to prepare such an input."""
        return ()


class TokenizerSpec(Protocol):
    """The description of a tokenizer in a card: a NamedTuple for each kind of tokenizer."""

    def _asdict(self) -> dict[str, Any]:
        """Return the fields by their names."""
        ...

    @property
    def kind(self) -> str:
        """The word in a card that names this kind of tokenizer."""
        ...

    @property
    def features(self) -> tuple[str, ...]:
        """The features that a reader needs for this tokenizer, as a card names them."""
        ...

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the bundle's files that the tokenizer needs, such as a vocabulary."""
        ...


class TextInput(NamedTuple):
    """A text input: a tensor of token ids, int32 (1, length), or several such tensors."""

    length: int
    tokenizer: TokenizerSpec
    tensors: tuple[TextTensor, ...] = ("ids",)
    """What each tensor holds. BERT's models read ids, a mask and segments."""
    kind: Literal["text"] = "text"

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of a prepared text without the batch: (length,) or (tensors, length)."""
        return (self.length,) if len(self.tensors) == 1 else (len(self.tensors), self.length)

    @property
    def features(self) -> tuple[str, ...]:
        """The features that a reader needs for this input, as a card names them."""
        several = ("several-inputs",) if len(self.tensors) > 1 else ()
        return (*several, *self.tokenizer.features)

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files that the tokenizer needs."""
        return self.tokenizer.files


class LatentInput(NamedTuple):
    """A generator's input: random numbers from a seed, float32 (1, length) from -1 to 1."""

    length: int
    kind: Literal["latent"] = "latent"

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the float model's input, without the batch."""
        return (self.length,)

    @property
    def features(self) -> tuple[str, ...]:
        """An empty tuple: every reader knows such an input."""
        return ()

    @property
    def files(self) -> tuple[str, ...]:
        """An empty tuple: no file of the bundle is needed to prepare such an input."""
        return ()
