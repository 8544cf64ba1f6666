"""Trains and measures a classifier. All recipes for classifiers share this module."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import Card, Json
from satchel.metrics import accuracy
from satchel_train.data.augment import mirrored
from satchel_train.data.augmentation import Augmentation
from satchel_train.data.batches import measuring_batch, ordered_batches
from satchel_train.data.findings import Finding
from satchel_train.data.inputs import ChangedInputs, Examples, ModelInputs, examples
from satchel_train.data.samples import Parts, Samples, label_names
from satchel_train.errors import DivergedError
from satchel_train.fitting.execution import PLAIN, Execution
from satchel_train.measurement import measure_classifier
from satchel_train.networks.one_tensor import of_one_tensor
from satchel_train.plots.confusion import draw_confusion
from satchel_train.plots.mistakes import draw_mistakes
from satchel_train.settings import ClassifierSettings, StudentSettings
from satchel_train.students.distillation import taught_by
from satchel_train.students.initial_weights import count_shared_layers, take_weights
from satchel_train.students.teacher import open_teacher
from satchel_train.trained import Trained
from satchel_train.training_loop.class_weights import balanced_weights
from satchel_train.training_loop.fit import fit
from satchel_train.training_loop.history import Epoch, History
from satchel_train.training_loop.hyper_parameters import HyperParameters, finetuning_hyper
from satchel_train.training_loop.optimizers import OPTIMIZERS
from satchel_train.training_loop.precision import dtype_policy, in_float32
from satchel_train.training_loop.progress import in_part
from satchel_train.training_loop.replicas import scope_of


@dataclass(frozen=True)
class Classification:
    """A classifier to train: its data, its card, and how its model is built and trained."""

    card: Card
    parts: Parts
    build: Callable[[], Any]
    """Returns a new keras.Model that ends in softmax."""
    hyper: HyperParameters
    settings: ClassifierSettings
    data_sha256: str
    """The SHA-256 of the data set's file, 64 hexadecimal digits."""
    vocabulary: bytes | None = None
    """The vocabulary file of a text model, None for an image model."""
    augment: Augmentation | None = None
    """Changes training images at random. None leaves them as they are."""
    test_time_augmentation: bool = False
    """Whether the mean of each image's and its mirror image's scores is measured, too."""
    findings: Sequence[Finding] = ()
    """What a user should know about the data."""
    quantization_aware: bool = False
    """Whether a fine-tuning under the rounding of int8 follows."""
    begin: Callable[[Any], None] | None = None
    """Gives a new model of ``build`` the weights that its training begins with; None keeps random
    ones."""

    def run(self, execution: Execution = PLAIN) -> Trained:
        """Train the model and measure it on the evaluation part."""
        model, history = self.fit(execution)
        hyper, measured = self._recorded_hyper(), {}
        if self._source is not None:
            measured["initialized_layers"] = float(count_shared_layers(model, self._source))
        if self.quantization_aware:
            before = self.accuracy(model, self.parts.evaluation)
            measured["test_accuracy_before_quantization"] = before
            model, history = self._finetune(model, history, execution)
            hyper["quantization_aware"] = asdict(finetuning_hyper(self.chosen_hyper()))
        evaluation = self.examples(self.parts.evaluation)
        scores = predict(model, evaluation.inputs)
        return Trained(
            card=self.card,
            model=model,
            history=history,
            calibration=self.parts.calibration,
            evaluation=self.parts.evaluation,
            data_sha256=self.data_sha256,
            measured={"test_accuracy": accuracy(scores, evaluation.labels), **measured},
            test_time_augmentation=self._test_time(model, evaluation, scores),
            measurement=measure_classifier(scores, evaluation.labels, names=label_names(self.card)),
            vocabulary=self.vocabulary,
            hyper=hyper,
            images=self._draw(scores),
        )

    def fit(self, execution: Execution = PLAIN) -> tuple[Any, History[Epoch]]:
        """Return the trained keras.Model and its history."""
        with dtype_policy(execution.precision):
            with scope_of(execution.workers):
                model = self.build()
                if self.begin is not None:
                    self.begin(model)
                if self._source is not None:
                    take_weights(model, self._source)
                reader = self._learner(model)
            history = fit(
                reader,
                train=self.examples(self.parts.train),
                validation=self.examples(self.parts.validation),
                hyper=self.chosen_hyper(),
                seed=self.settings.seed,
                augment=self.augment,
                execution=execution,
            )
        if execution.workers is None and execution.precision == "float32":
            return model, history
        # Build a model that lies on one device and that does not round between its layers.
        return in_float32(model, self.build), history

    @property
    def _source(self) -> Path | None:
        """The model folder or Keras file whose weights the training begins with."""
        settings = self.settings
        return settings.init_from if isinstance(settings, StudentSettings) else None

    def _learner(self, model: Any) -> Any:
        """Return the keras.Model whose training trains ``model``: itself, or it and its teacher."""
        learner, settings = of_one_tensor(model), self.settings
        if not isinstance(settings, StudentSettings) or settings.teacher is None:
            return learner
        teacher = open_teacher(settings.teacher, card=self.card, vocabulary=self.vocabulary)
        return taught_by(teacher, learner)

    def accuracy(self, model: Any, samples: Samples) -> float:
        """Return the share of ``samples`` whose predicted label is right, 0 to 1."""
        inputs, labels = self.examples(samples)
        return accuracy(predict(model, inputs), labels)

    def examples(self, samples: Samples) -> Examples:
        """Return ``samples`` as model inputs with their labels."""
        return examples(samples, card=self.card, vocabulary=self.vocabulary)

    def chosen_hyper(self) -> HyperParameters:
        """Return the recipe's hyper-parameters, replaced by those that the user chose."""
        settings = self.settings
        chosen = {
            field.name: value
            for field in fields(self.hyper)
            if (value := getattr(settings, field.name, None)) is not None
        }
        if settings.optimizer is not None:
            # The recipe's rate suits its own optimizer only.
            chosen.setdefault("learning_rate", OPTIMIZERS[settings.optimizer].learning_rate)
        return replace(self.hyper, **chosen)

    def _recorded_hyper(self) -> dict[str, Any]:
        """Return the hyper-parameters, the changes of images and the weights of labels."""
        hyper = asdict(self.chosen_hyper())
        hyper["augment"] = {} if self.augment is None else self.augment.record()
        if hyper["class_weights"] == "balanced":
            names = label_names(self.card)
            weights = balanced_weights(self.parts.train.labels, count=len(names))
            hyper["label_weights"] = dict(zip(names, weights.tolist(), strict=True))
        return hyper

    def _finetune(
        self, model: Any, history: History[Epoch], execution: Execution
    ) -> tuple[Any, History[Epoch]]:
        """Return the model after fine-tuning under rounding, and the history of both trainings.

        Fine-tuning has no checkpoint of its own: a training that is resumed after its last epoch
        repeats the whole fine-tuning.
        """
        from satchel_train.quantization_aware.finetuning import finetune

        part = "fine-tuning under the rounding of int8"
        try:
            tuned = finetune(
                model,
                train=self.examples(self.parts.train),
                validation=self.examples(self.parts.validation),
                hyper=finetuning_hyper(self.chosen_hyper()),
                seed=self.settings.seed,
                augment=self.augment,
                on_progress=in_part(part, execution.on_progress),
            )
        except DivergedError as error:
            raise DivergedError(
                f"Expected finite losses, the {part} diverged in its epoch {error.epoch}: leave out"
                " --quantization-aware, or train with a lower --learning-rate before it.",
                epoch=error.epoch,
            ) from error
        epochs = [*history.epochs, *tuned.history.epochs]
        return tuned.model, History(epochs, len(epochs))

    def _test_time(
        self, model: Any, evaluation: Examples, scores: NDArray[np.float32]
    ) -> dict[str, Json]:
        """Return what test-time augmentation reaches. It is no accuracy of the model in a bundle,
        which reads each image once."""
        if not self.test_time_augmentation:
            return {}
        inputs, labels = evaluation
        both = scores + predict(model, ChangedInputs(inputs, mirrored))
        return {"mean_of": ["image", "mirror image"], "accuracy_of_mean": accuracy(both, labels)}

    def _draw(self, scores: NDArray[np.float32]) -> dict[str, bytes]:
        labels = self.card.output.labels
        return {
            "confusion.png": draw_confusion(scores, self.parts.evaluation.labels, labels),
            "mistakes.png": draw_mistakes(self.parts.evaluation, scores, labels),
        }


def predict(model: Any, inputs: ModelInputs) -> NDArray[np.float32]:
    """Return the scores of ``inputs``, float32 (n, labels), or other outputs of one tensor, (n, …).

    A model of several inputs reads the rows of ``inputs``, (n, inputs, length). Images are read
    and converted batch by batch.
    """
    reader = of_one_tensor(model)
    batches = ordered_batches(inputs, batch_size=measuring_batch(inputs))
    scores: NDArray[np.float32] = reader.predict(batches, verbose=0)
    return scores
