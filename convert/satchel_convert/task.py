"""Describes a task to the converter: how samples are read and how a model is judged.

As in the runtime (``satchel.bundle.Task``), a task consists of modules: one for its kind of input
and one for its kind of output. ``docs/decisions/0018`` says how to add a task.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, Protocol, TypeAlias

from numpy.typing import NDArray

from satchel.bundle import TASKS, Dtype, ImageInput, Json, TextTensor, TokenizerSpec, Verified

if TYPE_CHECKING:
    from satchel_convert.golden.candidates import Candidates, GoldenInput
    from satchel_convert.golden.tolerances import Allowance
    from satchel_convert.keras_models.float_model import ModelShape
    from satchel_convert.keras_models.reference import Reference
    from satchel_convert.model_folder import ModelFolder
    from satchel_convert.own_models.own_model import OwnInput, OwnModel
    from satchel_convert.sample_inputs import Inputs, SampleInputs
    from satchel_convert.samples.entries import SampleFiles
    from satchel_convert.verification.disagreements import Disagreement
    from satchel_convert.verification.paired_test import PairedTest

Result: TypeAlias = Literal["passed", "undecided", "failed"]
Interval: TypeAlias = tuple[float, float]


class TaskLimits(Protocol):
    """The limits of one kind of output, as a frozen dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


class Shown(NamedTuple):
    """A sample as a report shows it."""

    image: str | None
    """A PNG file as a data URL; None for a text or a seed"""
    text: str | None
    """The text, or a seed in words; None for an image"""


class TensorDescription(NamedTuple):
    """The metadata of an input or the output of a .tflite."""

    name: str
    text: str
    """The content of the tensor, in words"""
    is_image: bool = False
    """Whether applications feed or show the tensor as an sRGB image"""
    stats: Interval | None = None
    """The lowest and the highest number in the tensor"""
    labels: bool = False
    """Whether each number belongs to a line of ``labels.txt``"""
    normalized: bool = False
    """Whether the input is raw pixels; applications need to know that"""
    tokenizer: TokenizerSpec | None = None
    """The tokenizer, for an input of token ids"""


class CostScale(NamedTuple):
    """How a report draws the quality of models against their size."""

    name: str
    """The name of the cost inside a sentence, such as: accuracy lost"""
    heading: str
    """The name of the cost in the heading of the plot"""
    axis: str
    """The label of the axis"""
    least_span: float | None
    """The shortest range that the axis shows on both sides of 0; None if 0 has no meaning"""
    tick: Callable[[float], str] | None
    """Returns the tick label of a cost; None for the number itself"""


class Cost(NamedTuple):
    """The quality that one model loses; less is better."""

    value: float
    interval: Interval | None = None


class Judged(NamedTuple):
    """The result for one model, computed from its statistics."""

    verified: Verified
    failures: tuple[str, ...]
    """The limits that the model exceeds, in words"""
    paired_test: "PairedTest | None" = None
    """None for a model without labels"""
    disagreements: "Sequence[Disagreement]" = ()
    """The worst disagreements with the float model, the worst first"""
    disagreement_count: int = 0


class Compared(NamedTuple):
    """One model of the old bundle, compared with the model of the same name in the new one."""

    file: str
    result: Result
    reason: str
    """The reason in words; empty for a model that passed by its predictions"""
    old_accuracy: float | None = None
    new_accuracy: float | None = None
    paired_test: "PairedTest | None" = None
    """None for models that make images, as are both accuracies"""
    worst_psnr_db: float | None = None
    """The PSNR of the worst image, in decibels. None for models of labels, and also if no image
    differs."""


class InputFunctions(Protocol):
    """The functions of a module that describes a kind of input to the converter."""

    SAMPLE_KEY: str
    """The JSON key of a sample's raw input in a model folder"""
    DTYPE: Dtype
    """The dtype of the float model's input tensor"""
    SAMPLE_FILES: "SampleFiles | None"
    """How samples stand in folders and tables; None if only a model folder has such samples"""

    def is_raw(self, value: object) -> bool:
        """Return whether ``value``, read from a sample's line, may be a raw input."""
        ...

    def read_sample(self, value: Any, folder: Path, number: int) -> Any:
        """Return the raw input on line ``number``; raises ModelFolderError."""
        ...

    def prepared_bytes(self, input_spec: Any) -> int:
        """Return the size of one prepared input, in bytes."""
        ...

    def deployed(self, input_spec: Any) -> Any:
        """Return the input of the converted models, whose graph does the scaling."""
        ...

    def tensors(self, input_spec: Any) -> tuple[TextTensor, ...]:
        """Return what each tensor of a text holds; none for an input that is no text."""
        ...

    def open_keras(self, input_spec: Any) -> list[tuple[Any, Any]]:
        """Return a ``keras.Input`` of a converted model, and the tensor for the float model.

        A text of several tensors has such a pair for each of them.
        """
        ...

    def describe_tensors(self, input_spec: Any) -> list[TensorDescription]:
        """Return the description of each input for a .tflite's metadata."""
        ...

    def image(self, input_spec: Any) -> ImageInput | None:
        """Return the input if it is an image, whose preprocessing can be explained; else None."""
        ...

    def show_sample(self, value: Any, input_spec: Any) -> Shown:
        """Return a raw input as a report shows it; raises InputError."""
        ...

    def golden_sample(
        self, value: Any, number: int, prepared: NDArray[Any]
    ) -> "tuple[GoldenInput, Mapping[str, bytes]]":
        """Return a sample as a golden input, and the files that it names."""
        ...


class OutputFunctions(Protocol):
    """The functions of a module that describes a kind of output to the converter.

    ``truth`` is the index of each sample's true label, int64 (samples,); None without labels.
    """

    LIMITS: type[Any]
    """The dataclass of the limits"""
    ALLOWANCES: "Mapping[str, Allowance]"
    """For each scheme, the difference that the kernels of another processor may add to that of a
    golden vector"""
    HEADINGS: tuple[str, ...]
    """The headings of the report's columns that ``figures`` fills"""
    LEGEND: str
    """An explanation of the headings"""
    COST: CostScale
    RUN_ARGUMENTS: str
    """The arguments that ``satchel run BUNDLE`` needs after the bundle"""
    IN_MEMORY: bool
    """Whether the float model's predictions of all samples fit in memory"""
    HAS_EXAMPLES: bool
    """Whether a report shows the first predictions as images"""

    def deployed(self, output_spec: Any) -> Any:
        """Return the output of the converted models, whose graph does the scaling."""
        ...

    def finish(self, values: Any, output_spec: Any) -> Any:
        """Return the predictions as Keras tensors, computed from the float model's output."""
        ...

    def describe_tensor(self, output_spec: Any) -> TensorDescription:
        """Return the description of the output for a .tflite's metadata."""
        ...

    def describe(self, output_spec: Any) -> str:
        """Return the words that follow the task's name in a .tflite's description."""
        ...

    def wrong_shape(self, shape: Sequence[int | None], output_spec: Any) -> str:
        """Return the error message for a float model whose output is not the card's."""
        ...

    def batch_size(self, input_bytes: int) -> int:
        """Return the number of samples in one batch of the float model, from their size."""
        ...

    def statistics(self, found: NDArray[Any], expected: NDArray[Any], output_spec: Any) -> Any:
        """Return a NamedTuple of arrays with one number for each sample in each array.

        It holds everything that the report's figures are computed from.
        """
        ...

    def reference_statistics(self, expected: NDArray[Any], output_spec: Any) -> Any:
        """Return the float model's own statistics; None if no figure needs them."""
        ...

    def reference_accuracy(self, reference: Any, truth: Any) -> float | None:
        """Return the float model's accuracy, 0 to 1; None if there are no true labels."""
        ...

    def non_inferiority(
        self,
        found: Any,
        reference: Any,
        truth: Any,
        *,
        output_spec: Any,
        scheme: str,
        limits: Any,
    ) -> Judged:
        """Return the result of a model, computed from the statistics of all samples."""
        ...

    def compare(
        self,
        file: str,
        found: Any,
        before: Any,
        truth: Any,
        *,
        output_spec: Any,
        limits: Any,
    ) -> Compared:
        """Return the comparison of a model with its older version ``before``."""
        ...

    def figures(self, found: Any) -> list[str]:
        """Return the results of verification as text, one cell for each of HEADINGS."""
        ...

    def cost_in_words(self, found: Any) -> str:
        """Return the quality that a model loses, as part of a sentence."""
        ...

    def cost(self, found: Any) -> Cost:
        """Return the quality that a model loses, as a number for a plot."""
        ...

    def golden_prediction(self, prediction: NDArray[Any]) -> NDArray[Any]:
        """Return a prediction as a golden vector holds it, which may have fewer digits."""
        ...

    def golden_fields(self, prediction: NDArray[Any], number: int) -> dict[str, Json]:
        """Return the fields of a golden vector that hold the prediction."""
        ...

    def golden_files(self, prediction: NDArray[Any], number: int) -> Mapping[str, bytes]:
        """Return the files that ``golden_fields`` names."""
        ...


class OwnModels(NamedTuple):
    """How to make a model folder of a Keras file."""

    open: "Callable[[OwnModel, ModelShape, Sequence[str]], OwnInput]"
    """Returns the input of a model of that shape, with samples; raises ModelFolderError"""
    fits: "Callable[[ModelShape], bool]"
    """Returns whether a model of that shape probably has this task"""
    settings: tuple[str, ...]
    """The fields of OwnModel that only models of this task have"""


class ConverterTask(NamedTuple):
    """The functions that the converter needs for one task."""

    input: InputFunctions
    output: OutputFunctions
    choose_golden: "Callable[[ModelFolder, Inputs | SampleInputs, Reference], Candidates]"
    """Returns the inputs that may become golden vectors, from the float model's predictions"""
    own_models: OwnModels | None = None
    """None if every model of this task needs a model folder"""


def converter_task(name: str) -> ConverterTask:
    """Return the converter's description of the task ``name``, which is in ``TASKS``."""
    task: ConverterTask = import_module(f"satchel_convert.tasks.{TASKS[name]}").TASK
    return task


def decibels(ratio: float | None) -> str:
    """Return a ratio in decibel for a table. None stands for two things that do not differ."""
    return "inf" if ratio is None else f"{ratio:.1f}"
