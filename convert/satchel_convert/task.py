"""What the converter asks of a task: how samples are read, and what a model is judged by.

As in the runtime (``satchel.bundle.Task``), a task is put together of modules: one for its kind of
input, one for its kind of output. ``docs/decisions/0018`` says how a task is added.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, Protocol, TypeAlias

from numpy.typing import NDArray

from satchel.bundle import TASKS, Dtype, ImageInput, Json, Verified

if TYPE_CHECKING:
    from satchel_convert.golden.candidates import Candidates, GoldenInput
    from satchel_convert.golden.tolerances import Allowance
    from satchel_convert.keras_models.float_model import ModelShape
    from satchel_convert.keras_models.reference import Reference
    from satchel_convert.model_folder import ModelFolder
    from satchel_convert.own_models.own_model import OwnModel, Taken
    from satchel_convert.sample_inputs import Inputs, SampleInputs
    from satchel_convert.verification.disagreements import Disagreement
    from satchel_convert.verification.paired_test import PairedTest

Result: TypeAlias = Literal["passed", "undecided", "failed"]
Interval: TypeAlias = tuple[float, float]


class TaskLimits(Protocol):
    """How far a model may be from the float model: a frozen dataclass for each kind of output."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


class Shown(NamedTuple):
    """A sample as a report shows it."""

    image: str | None
    """A PNG file as data URL; None for what is no image"""
    text: str | None
    """None for an image"""


class TensorDescription(NamedTuple):
    """What a .tflite's metadata say of its one input or output."""

    name: str
    text: str
    """What is in it, in words"""
    is_image: bool = False
    """Whether applications feed or show it as an sRGB image"""
    stats: Interval | None = None
    """The lowest and highest number"""
    labels: bool = False
    """Whether each number belongs to a line of ``labels.txt``"""
    normalized: bool = False
    """Whether it takes pixels as they are, which applications must be told"""
    vocabulary: str | None = None
    """The file of tokens, where it takes ids of what ``delimiter`` splits"""
    delimiter: str = ""


class CostScale(NamedTuple):
    """How a report draws the quality of models against their size."""

    name: str
    """What a model costs beside its size, in a sentence"""
    heading: str
    """The same, in the heading of the plot"""
    axis: str
    """The label of the axis"""
    least_span: float | None
    """How much the axis shows on both sides of 0 at least; None where 0 means nothing"""
    tick: Callable[[float], str] | None
    """Returns the text at a cost; None for the number itself"""


class Cost(NamedTuple):
    """The quality that one model gives up; the less, the better."""

    value: float
    interval: Interval | None = None


class Judged(NamedTuple):
    """What the statistics of one model say of it."""

    verified: Verified
    failures: tuple[str, ...]
    """The limits that it exceeds, in words"""
    paired_test: "PairedTest | None" = None
    """None for a model without labels"""
    disagreements: "Sequence[Disagreement]" = ()
    """Some of them, worst first"""
    disagreement_count: int = 0


class Compared(NamedTuple):
    """One model of the old bundle, beside its namesake in the new one."""

    file: str
    result: Result
    reason: str
    """In words; empty for a model that passed by its answers"""
    old_accuracy: float | None = None
    new_accuracy: float | None = None
    paired_test: "PairedTest | None" = None
    """As accuracy, of models that say labels"""
    worst_psnr_db: float | None = None
    """Of models that make images; None where nothing differs, too"""


class InputFunctions(Protocol):
    """The functions of a module that describes a kind of input to the converter."""

    SAMPLE_KEY: str
    """The name of a sample's raw input in a model folder"""
    DTYPE: Dtype
    """Of the tensor that the float model takes"""

    def is_raw(self, value: object) -> bool:
        """Return whether ``value`` of a sample's line may be a raw input."""
        ...

    def read_sample(self, value: Any, folder: Path, number: int) -> Any:
        """Return the raw input on line ``number``; raises ModelFolderError."""
        ...

    def prepared_bytes(self, input_spec: Any) -> int:
        """Return the size of one prepared input."""
        ...

    def deployed(self, input_spec: Any) -> Any:
        """Return the input of the converted models, whose graph does the scaling."""
        ...

    def open_keras(self, input_spec: Any) -> tuple[Any, Any]:
        """Return the ``keras.Input`` of a converted model, and what the float model gets of it."""
        ...

    def describe_tensor(self, input_spec: Any) -> TensorDescription:
        """Return what a .tflite's metadata say of the input."""
        ...

    def image(self, input_spec: Any) -> ImageInput | None:
        """Return the input where it is an image, whose preprocessing can be explained."""
        ...

    def show_sample(self, value: Any, input_spec: Any) -> Shown:
        """Return what a report shows of a raw input; raises InputError."""
        ...

    def golden_sample(
        self, value: Any, number: int, prepared: NDArray[Any]
    ) -> "tuple[GoldenInput, Mapping[str, bytes]]":
        """Return a sample as a golden input, and the files that it names."""
        ...


class OutputFunctions(Protocol):
    """The functions of a module that describes a kind of output to the converter.

    ``truth`` is the index of the right label of each sample, int64 (samples,), None without labels.
    """

    LIMITS: type[Any]
    """The dataclass of its limits"""
    ALLOWANCES: "Mapping[str, Allowance]"
    """By scheme, what kernels of another processor may add to a golden vector's difference"""
    HEADINGS: tuple[str, ...]
    """Of the report's columns, as ``figures`` gives them"""
    LEGEND: str
    """What the headings mean"""
    COST: CostScale
    RUN_ARGUMENTS: str
    """What ``satchel run BUNDLE`` needs beside the bundle"""
    IN_MEMORY: bool
    """Whether the float model's predictions of all samples fit in memory"""
    HAS_EXAMPLES: bool
    """Whether a report shows the first predictions as images"""

    def deployed(self, output_spec: Any) -> Any:
        """Return the output of the converted models, whose graph does the scaling."""
        ...

    def finish(self, values: Any, output_spec: Any) -> Any:
        """Return the predictions, of Keras tensors that the float model puts out."""
        ...

    def describe_tensor(self, output_spec: Any) -> TensorDescription:
        """Return what a .tflite's metadata say of the output."""
        ...

    def describe(self, output_spec: Any) -> str:
        """Return what is behind the task's name in a .tflite's description."""
        ...

    def wrong_shape(self, shape: Sequence[int | None], output_spec: Any) -> str:
        """Return in words that a float model does not put out what the card says."""
        ...

    def batch_size(self, input_bytes: int) -> int:
        """Return how many samples of that size the float model takes at once."""
        ...

    def statistics(self, found: NDArray[Any], expected: NDArray[Any]) -> Any:
        """Return a NamedTuple of arrays, a number a sample in each: all that figures need."""
        ...

    def reference_statistics(self, expected: NDArray[Any]) -> Any:
        """Return the float model's own statistics; None where no figure needs them."""
        ...

    def reference_accuracy(self, reference: Any, truth: Any) -> float | None:
        """Return the float model's accuracy, 0 to 1; None where there is no right answer."""
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
        """Return what the statistics of all samples say of a model."""
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
        """Return how a model fares against the one before it."""
        ...

    def figures(self, found: Any) -> list[str]:
        """Return what verification found, a cell for each of HEADINGS."""
        ...

    def cost_in_words(self, found: Any) -> str:
        """Return the quality that a model gives up, as part of a sentence."""
        ...

    def cost(self, found: Any) -> Cost:
        """Return the quality that a model gives up, to be drawn."""
        ...

    def golden_fields(self, prediction: NDArray[Any], number: int) -> dict[str, Json]:
        """Return what a golden vector says of the prediction."""
        ...

    def golden_files(self, prediction: NDArray[Any], number: int) -> Mapping[str, bytes]:
        """Return the files that ``golden_fields`` names."""
        ...


class OwnModels(NamedTuple):
    """How a Keras file without a model folder becomes one."""

    open: "Callable[[OwnModel, ModelShape, Sequence[str]], Taken]"
    """Returns what a model of that shape takes, with samples; raises ModelFolderError"""
    fits: "Callable[[ModelShape], bool]"
    """Returns whether a model of that shape is likely of this task"""
    settings: tuple[str, ...]
    """Fields of OwnModel that only models of this task have"""


class ConverterTask(NamedTuple):
    """What a model is for, as the converter needs to know it."""

    input: InputFunctions
    output: OutputFunctions
    choose_golden: "Callable[[ModelFolder, Inputs | SampleInputs, Reference], Candidates]"
    """Returns the inputs that may become golden vectors, given the float model's predictions"""
    own_models: OwnModels | None = None
    """None where a model needs a model folder"""


def converter_task(name: str) -> ConverterTask:
    """Return the converter's description of the task ``name``, which is in ``TASKS``."""
    task: ConverterTask = import_module(f"satchel_convert.tasks.{TASKS[name]}").TASK
    return task
