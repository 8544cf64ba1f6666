"""Trains a network to repaint any image in the style of one image."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Card, ImageInput, ImageOutput
from satchel.preprocessing import read_pixels
from satchel_train.data.batches import drawn_batches
from satchel_train.data.findings import Finding
from satchel_train.data.samples import Unlabelled
from satchel_train.fitting.execution import PLAIN, Execution
from satchel_train.generative.loss_network import LossNetwork, open_loss_network
from satchel_train.networks.style_transfer_network import build_style_transfer_network
from satchel_train.plots.contact_sheet import contact_sheet
from satchel_train.recipes.style import StyleSettings
from satchel_train.recipes.style.data import Contents, read_contents
from satchel_train.recipes.style.painter import LEVELS, build_painter
from satchel_train.trained import Trained
from satchel_train.training_loop.history import StyleEpoch
from satchel_train.training_loop.precision import dtype_policy, in_float32, with_loss_scaling
from satchel_train.training_loop.unsupervised import Course, epoch_steps, fit_unsupervised

SIDE = 128
"""Height and width of the images, in pixels."""
CHANNELS = (16, 32, 48)
BLOCKS = 3
STEPS = 2000
"""The approximate number of steps if the user sets no epochs."""
SHEET_IMAGES = 8


@dataclass(frozen=True)
class StyleHyper:
    """The hyper-parameters of the network."""

    epochs: int
    batch_size: int = 4
    learning_rate: float = 1e-3


@dataclass(frozen=True)
class StyleTraining:
    """A network to train on images, and the image whose style it learns."""

    contents: Contents
    style: NDArray[np.uint8]
    """The image with the style, uint8 (1, side, side, 3)."""
    loss_network: LossNetwork
    settings: StyleSettings
    hyper: StyleHyper
    findings: Sequence[Finding] = ()
    """What a user should know about the data."""

    @property
    def data_sha256(self) -> str:
        """The SHA-256 of the images' file or files, 64 hexadecimal digits."""
        return self.contents.sha256

    def run(self, execution: Execution = PLAIN) -> Trained:
        """Train the network and repaint images of the evaluation part."""
        from keras.optimizers import Adam

        with dtype_policy(execution.precision):
            network = self._build()
            painter = build_painter(network, self.loss_network.model, self.style.astype(np.float32))
            painter.compile(optimizer=with_loss_scaling(Adam(self.hyper.learning_rate)))
            history = fit_unsupervised(
                painter,
                drawn_batches(self._draw, count=self._steps(), seed=self.settings.seed),
                course=Course(),
                epochs=self.hyper.epochs,
                epoch_type=StyleEpoch,
                measure=_measure,
                execution=execution,
            )
        network = in_float32(network, self._build)
        last = history.epochs[-1]
        return Trained(
            card=_card(self._side()),
            model=network,
            history=history,
            calibration=Unlabelled(self.contents.calibration),
            evaluation=Unlabelled(self.contents.evaluation),
            data_sha256=self.data_sha256,
            measured={"content_loss": last.content_loss, "style_loss": last.style_loss},
            hyper={**asdict(self.hyper), "loss_network": f"sha256:{self.loss_network.sha256}"},
            images={"sheet.png": self._sheet(network)},
        )

    def _steps(self) -> int:
        return epoch_steps(len(self.contents.train), self.hyper.batch_size)

    def _side(self) -> int:
        side: int = self.style.shape[1]
        return side

    def _build(self) -> Any:
        return build_style_transfer_network(side=self._side(), channels=CHANNELS, blocks=BLOCKS)

    def _draw(self, randomness: np.random.Generator) -> NDArray[np.float32]:
        """Return one batch of images, of which half are mirrored at random."""
        count = self.hyper.batch_size
        images = self.contents.train[randomness.integers(0, len(self.contents.train), count)]
        mirrored = randomness.random(count) < 0.5
        images[mirrored] = images[mirrored, :, ::-1]
        return images.astype(np.float32)

    def _sheet(self, network: Any) -> bytes:
        """Return a PNG with images of the evaluation part, and their repainted versions below.

        The first image is the one with the style.
        """
        images = np.concatenate([self.style, self.contents.evaluation[:SHEET_IMAGES]])
        made = network.predict(images / np.float32(LEVELS) - 1, batch_size=4, verbose=0)
        painted = np.rint(made * LEVELS + LEVELS).clip(0, 255).astype(np.uint8)
        return contact_sheet([images, painted])


def prepare(settings: StyleSettings) -> StyleTraining:
    """Return the training for ``settings``.

    Raises DataError and InputError for images or weights that are missing or unsuitable.
    """
    return style_training(settings, side=SIDE)


def style_training(settings: StyleSettings, *, side: int) -> StyleTraining:
    """Return the training of a network for images of ``side`` pixels."""
    image = _input(side)
    style = read_pixels(settings.style, image)
    contents = read_contents(settings.data_dir, image)
    hyper = StyleHyper(epochs=1)
    steps = epoch_steps(len(contents.train), hyper.batch_size)
    hyper = replace(
        hyper,
        epochs=settings.epochs or max(1, round(STEPS / steps)),
        learning_rate=settings.learning_rate or hyper.learning_rate,
    )
    loss_network = open_loss_network(settings.loss_network, weights=settings.weights)
    return StyleTraining(contents, style, loss_network, settings, hyper)


def _card(side: int) -> Card:
    return Card(
        name="style_network",
        version="1.0.0",
        task="style-transfer",
        input=_input(side),
        output=ImageOutput(height=side, width=side, scale=(LEVELS,), offset=(LEVELS,)),
    )


def _input(side: int) -> ImageInput:
    return ImageInput(height=side, width=side, fit="crop", scale=(1 / LEVELS,), offset=(-1.0,))


def _measure(_number: int, losses: Mapping[str, float], seconds: float) -> StyleEpoch:
    return StyleEpoch(
        content_loss=float(losses["content_loss"]),
        style_loss=float(losses["style_loss"]),
        seconds=seconds,
    )
