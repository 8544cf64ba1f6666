"""Trains a generator of faces against a discriminator."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Card, ImageOutput, LatentInput
from satchel.preprocessing import draw_latent
from satchel_train.data.batches import drawn_batches
from satchel_train.data.findings import Finding
from satchel_train.data.samples import Unlabelled
from satchel_train.fitting.execution import PLAIN, Execution
from satchel_train.generative.adversarial import build_adversaries
from satchel_train.generative.differentiable_augmentation import draw_changes
from satchel_train.generative.features import Classifier, features, open_classifier
from satchel_train.generative.frechet import frechet_distance
from satchel_train.plots.contact_sheet import contact_sheet
from satchel_train.recipes.faces import FacesSettings
from satchel_train.recipes.faces.data import Faces, read_faces
from satchel_train.recipes.faces.networks import build_discriminator, build_generator
from satchel_train.trained import Trained
from satchel_train.training_loop.history import AdversarialEpoch
from satchel_train.training_loop.precision import (
    dtype_policy,
    in_float32,
    with_loss_scaling,
)
from satchel_train.training_loop.replicas import scope_of
from satchel_train.training_loop.unsupervised import Course, epoch_steps, fit_unsupervised
from satchel_train.training_loop.variables import assign, values

LATENT = 64
STEPS = 6000
"""The approximate number of steps if the user sets no epochs."""
GENERATOR_CHANNELS = {32: (48, 48, 40, 32), 64: (96, 64, 48, 40, 32)}
"""The side of the images to the channels at 4 by 4 pixels, 8 by 8 and so on."""
DISCRIMINATOR_CHANNELS = {32: (32, 64, 128), 64: (32, 64, 128, 128)}
"""The side of the images to the channels at half the side, a quarter and so on."""
LEVELS = 127.5
"""The number of levels on each side of the middle, to scale images to the range of tanh."""
CALIBRATION_SEEDS = range(200)
EVALUATION_SEEDS = range(1000, 1200)
STAGES = 10
"""How many times during the training generated images are measured and kept."""
MEASURED_IMAGES = 2500
STAGE_IMAGES = 16
SHOWN_SIDE = 64
"""The side of a face in the pictures of a training, in pixels."""
GRID_SIDE = 10
"""The number of images in a row and in a column of the grid."""


@dataclass(frozen=True)
class AdversarialHyper:
    """The hyper-parameters of both networks."""

    epochs: int
    batch_size: int = 64
    learning_rate: float = 3e-4
    momentum: float = 0.5
    """Adam's beta_1, lower than Adam's default, as Radford et al. recommend."""


@dataclass(frozen=True)
class FaceTraining:
    """A generator to train on faces."""

    faces: Faces
    settings: FacesSettings
    hyper: AdversarialHyper
    classifier: Classifier | None
    """The classifier whose features measure generated images, if there is one."""
    findings: Sequence[Finding] = ()
    """What a user should know about the data."""

    @property
    def data_sha256(self) -> str:
        """The SHA-256 of the faces' file or files, 64 hexadecimal digits."""
        return self.faces.sha256

    def run(self, execution: Execution = PLAIN) -> Trained:
        """Train both networks and keep the generator's averaged weights."""
        course: Course[AdversarialEpoch] = Course()
        with dtype_policy(execution.precision):
            with scope_of(execution.workers):
                adversaries = self._build()
                adversaries.compile(optimizer=with_loss_scaling(self._optimizer()))
            history = fit_unsupervised(
                adversaries,
                drawn_batches(self._draw, count=self._steps(), seed=self.settings.seed),
                course=course,
                epochs=self.hyper.epochs,
                epoch_type=AdversarialEpoch,
                measure=self._measuring(adversaries.averaged, course),
                execution=execution,
            )
        generator = in_float32(adversaries.averaged, self._build_generator)
        last = history.epochs[-1]
        measured = {"spread": last.spread, "frechet_distance": last.frechet_distance}
        grid = generate(generator, range(1000, 1000 + GRID_SIDE**2))
        enlarged = SHOWN_SIDE // self._side
        return Trained(
            card=_card(self._side),
            model=generator,
            history=history,
            calibration=Unlabelled(np.array(CALIBRATION_SEEDS)),
            evaluation=Unlabelled(np.array(EVALUATION_SEEDS)),
            data_sha256=self.data_sha256,
            measured={name: value for name, value in measured.items() if value is not None},
            hyper=asdict(self.hyper),
            images={
                "grid.png": contact_sheet(np.split(grid, GRID_SIDE), enlarged=enlarged),
                "stages.png": contact_sheet(course.stages, enlarged=enlarged),
            },
        )

    @property
    def _side(self) -> int:
        side: int = self.faces.images.shape[1]
        return side

    def _build(self) -> Any:
        discriminator = build_discriminator(
            side=self._side, channels=DISCRIMINATOR_CHANNELS[self._side]
        )
        return build_adversaries(self._build_generator(), discriminator, self._build_generator())

    def _build_generator(self) -> Any:
        return build_generator(latent=LATENT, channels=GENERATOR_CHANNELS[self._side])

    def _steps(self) -> int:
        return epoch_steps(len(self.faces.images), self.hyper.batch_size)

    def _optimizer(self) -> Any:
        from keras.optimizers import Adam

        return Adam(self.hyper.learning_rate, beta_1=self.hyper.momentum)

    def _draw(self, randomness: np.random.Generator) -> dict[str, Any]:
        """Return one batch for both networks."""
        count = self.hyper.batch_size
        images = self.faces.images[randomness.integers(0, len(self.faces.images), count)]
        mirrored = randomness.random(count) < 0.5
        images[mirrored] = images[mirrored, :, ::-1]
        return {
            "images": images.astype(np.float32) / np.float32(LEVELS) - np.float32(1),
            "latents": randomness.uniform(-1, 1, (count, LATENT)).astype(np.float32),
            "changes": draw_changes(randomness, count=count, side=self._side),
        }

    def _measuring(
        self, averaged: Any, course: Course[AdversarialEpoch]
    ) -> Callable[[int, Mapping[str, float], float], AdversarialEpoch]:
        """Return a function that makes the record of an epoch, and keeps images at each stage."""
        # A copy in float32 on one device, as the one that is written at the end.
        generator = in_float32(averaged, self._build_generator)
        classifier = self.classifier
        real = self.faces.images[:MEASURED_IMAGES]
        real_features = None if classifier is None else features(classifier, real)
        seeds = range(len(real))

        def measure(number: int, losses: Mapping[str, float], seconds: float) -> AdversarialEpoch:
            spread, distance = None, None
            if _is_stage(number, self.hyper.epochs):
                assign(generator.weights, values(averaged.weights))
                generated = generate(generator, seeds)
                course.stages.append(generated[:STAGE_IMAGES])
                spread = _spread(generated) / _spread(real)
                if classifier is not None and real_features is not None:
                    distance = frechet_distance(features(classifier, generated), real_features)
            return AdversarialEpoch(
                generator_loss=float(losses["generator_loss"]),
                discriminator_loss=float(losses["discriminator_loss"]),
                spread=spread,
                frechet_distance=distance,
                seconds=seconds,
            )

        return measure


def prepare(settings: FacesSettings) -> FaceTraining:
    """Return the training on the faces that ``settings`` name."""
    faces = read_faces(settings.data_dir, side=settings.size)
    hyper = AdversarialHyper(epochs=1)
    steps = epoch_steps(len(faces.images), hyper.batch_size)
    hyper = replace(
        hyper,
        epochs=settings.epochs or max(1, round(STEPS / steps)),
        learning_rate=settings.learning_rate or hyper.learning_rate,
    )
    classifier = None if settings.features is None else open_classifier(settings.features)
    return FaceTraining(faces, settings, hyper, classifier)


def generate(generator: Any, seeds: Sequence[int]) -> NDArray[np.uint8]:
    """Return the images that the runtime would make from ``seeds``, uint8 (n, side, side, 3)."""
    latents = np.concatenate([draw_latent(seed, LATENT) for seed in seeds])
    made = generator.predict(latents, batch_size=256, verbose=0)
    images: NDArray[np.uint8] = np.rint(made * LEVELS + LEVELS).clip(0, 255).astype(np.uint8)
    return images


def _card(side: int) -> Card:
    return Card(
        name="faces_generator",
        version="1.0.0",
        task="image-generation",
        input=LatentInput(LATENT),
        output=ImageOutput(height=side, width=side, scale=(LEVELS,), offset=(LEVELS,)),
    )


def _is_stage(number: int, epochs: int) -> bool:
    """Return whether one of STAGES equal parts of the training ends with epoch ``number``."""
    return number * STAGES // epochs > (number - 1) * STAGES // epochs


def _spread(images: NDArray[np.uint8]) -> float:
    """Return the mean standard deviation of a pixel over ``images``, in levels; 0 if all agree."""
    return float(images.std(axis=0).mean())
