"""The arguments that describe a Keras file or a SavedModel, as a model folder describes itself."""

import argparse
from pathlib import Path
from typing import Any, TypedDict, get_args

from satchel.bundle import Activation, ChannelOrder, Color, Fit
from satchel.cli import positive
from satchel_convert.commands.arguments import share
from satchel_convert.model_kinds import REQUIRED, kind_of
from satchel_convert.settings import (
    DEFAULT_STANDARDIZE,
    TASKS,
    ImageSettings,
    Side,
    Standardize,
    TextSettings,
)


class SourceArguments(TypedDict):
    """The arguments of ``convert`` and ``explain`` that describe a model without a folder."""

    labels: Path | None
    evaluation: Path | None
    calibration: Path | None
    task: str | None
    activation: Activation | None
    multi_label: bool | None
    thresholds: tuple[float, ...] | None
    images: ImageSettings
    texts: TextSettings


class ModelPath(argparse.Action):
    """Keeps a model's path and makes required the arguments that a model of its kind needs."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,  # noqa: ARG002 - the signature is argparse's
    ) -> None:
        """Keep the path; argparse then names all missing arguments at once."""
        setattr(namespace, self.dest, values)
        for action in parser._actions:
            if action.dest in REQUIRED[kind_of(values)]:
                action.required = True


def add_own_model_arguments(parser: argparse.ArgumentParser, *, calibrated: bool = True) -> None:
    """Add the arguments that describe a model which is not a model folder.

    A command that is not ``calibrated`` converts nothing, so it needs no calibration samples.
    """
    group = parser.add_argument_group("a .keras, .h5 or SavedModel classifier of your own")
    group.add_argument(
        "--task", choices=TASKS, help="the task, if the model's input does not show it"
    )
    group.add_argument(
        "--labels",
        type=Path,
        metavar="FILE",
        help="one label on each line, in the order of the outputs",
    )
    group.add_argument(
        "--evaluation",
        type=Path,
        metavar="PLACE",
        help="images or .txt files, in one folder for each label; or a .csv, .tsv or .jsonl table"
        " of texts or paths, with labels; or a folder with samples/evaluation.jsonl",
    )
    if calibrated:
        group.add_argument(
            "--calibration", type=Path, metavar="PLACE", help="other images or texts, for full_int8"
        )
    add_activation_argument(group)
    add_image_arguments(parser)
    add_text_arguments(parser)


def add_image_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that describe the images of a model."""
    group = parser.add_argument_group("image models")
    add_preprocessing_arguments(group)
    group.add_argument(
        "--size", type=_size, metavar="H,W", help="size in pixels, if the model accepts any"
    )
    add_fit_argument(group)


def add_text_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that describe the texts of a model."""
    group = parser.add_argument_group("text models")
    group.add_argument(
        "--tokenizer",
        type=Path,
        metavar="FILE",
        help="the tokenizer that made the ids: to_json() of Keras's Tokenizer, tokenizer.json or"
        " vocab.txt of BERT, get_vocabulary() of a TextVectorization, or a SentencePiece .model; a"
        " model that takes strings holds its own",
    )
    group.add_argument(
        "--truncating",
        choices=get_args(Side),
        help="the end of a long text that pad_sequences cut off (pre); see also --padding",
    )
    group.add_argument(
        "--standardize",
        choices=get_args(Standardize),
        help="of the TextVectorization whose get_vocabulary() is the --tokenizer"
        f" ({DEFAULT_STANDARDIZE})",
    )
    group.add_argument(
        "--vocabulary",
        type=Path,
        metavar="FILE",
        help="instead of --tokenizer, one token and its id on each line",
    )
    group.add_argument("--delimiter", metavar="CLASS", help="separates tokens ([^\\w']+)")
    group.add_argument(
        "--length", type=positive, metavar="N", help="number of ids, if the model accepts any"
    )


def add_activation_argument(group: argparse._ActionsContainer) -> None:
    """Add the activation of a model's outputs."""
    group.add_argument(
        "--activation",
        choices=get_args(Activation),
        help="the activation of the outputs, if the end of the model does not show it",
    )
    group.add_argument(
        "--multi-label",
        action="store_const",
        const=True,
        help="any number of labels may be right at once (known for several sigmoids)",
    )
    group.add_argument(
        "--thresholds",
        type=_shares,
        metavar="P,P,...",
        help="lowest probability with which each label of a multi-label model is chosen (0.5)",
    )


def add_fit_argument(group: argparse._ActionsContainer) -> None:
    """Add the way in which an image is resized."""
    group.add_argument("--fit", choices=get_args(Fit), help="how an image is resized (stretch)")
    group.add_argument(
        "--padding",
        type=_padding,
        metavar="R,G,B",
        help="the colour around a letterboxed image (0,0,0); for texts pre or post, the side where"
        " pad_sequences added zeros (pre)",
    )
    group.add_argument(
        "--channels",
        choices=get_args(ChannelOrder),
        help="the order of the model's channels: bgr if OpenCV read the training images (rgb)",
    )


def add_preprocessing_arguments(group: argparse._ActionsContainer) -> None:
    """Add the preprocessing of the images that a model was trained on."""
    group.add_argument(
        "--preprocess",
        metavar="keras:NAME",
        help="prepare as keras.applications.NAME.preprocess_input",
    )
    group.add_argument(
        "--mean", type=_numbers, metavar="R,G,B", help="mean of pixels, 0 to 255 (0)"
    )
    group.add_argument(
        "--std", type=_deviations, metavar="R,G,B", help="the divisor in (pixel - mean) / std (1)"
    )


def source_of(args: argparse.Namespace) -> SourceArguments:
    """Return the command line's description of a Keras model; raises ModelFolderError."""
    return SourceArguments(
        labels=args.labels,
        evaluation=args.evaluation,
        calibration=getattr(args, "calibration", None),
        task=args.task,
        activation=args.activation,
        multi_label=args.multi_label,
        thresholds=args.thresholds,
        images=images_of(args),
        texts=texts_of(args),
    )


def texts_of(args: argparse.Namespace) -> TextSettings:
    """Return what the parsed arguments say about the model's texts."""
    # Only the commands that read samples have images whose border has a colour.
    padding = getattr(args, "padding", None)
    return TextSettings(
        vocabulary=args.vocabulary,
        delimiter=args.delimiter,
        length=args.length,
        tokenizer=args.tokenizer,
        padding=padding if padding in get_args(Side) else None,
        truncating=args.truncating,
        standardize=args.standardize,
    )


def images_of(args: argparse.Namespace) -> ImageSettings:
    """Return the command line's description of image inputs; raises ModelFolderError."""
    return ImageSettings(
        preprocess=args.preprocess,
        mean=args.mean,
        std=args.std,
        # The file of a finished model has its size, so satchel pack has no such argument.
        size=getattr(args, "size", None),
        fit=args.fit,
        channels=args.channels,
        padding=None if args.padding in get_args(Side) else args.padding,
    )


def _numbers(text: str) -> tuple[float, ...]:
    try:
        values = tuple(map(float, text.split(",")))
        ImageSettings(mean=values)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"expected one number, or three with commas, got {text!r}"
        ) from error
    return values


def _padding(text: str) -> Color | Side:
    """Return the colour around an image, or the side of the zeros in a text."""
    sides: tuple[Side, ...] = get_args(Side)
    found = next((side for side in sides if side == text), None)
    return _color(text) if found is None else found


def _color(text: str) -> tuple[int, int, int]:
    try:
        red, green, blue = map(int, text.split(","))
        ImageSettings(padding=(red, green, blue))
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"expected three whole numbers from 0 to 255 with commas, or pre or post, got {text!r}"
        ) from error
    return red, green, blue


def _shares(text: str) -> tuple[float, ...]:
    return tuple(share(each) for each in text.split(","))


def _deviations(text: str) -> tuple[float, ...]:
    values = _numbers(text)
    try:
        ImageSettings(std=values)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expected numbers other than 0, got {text!r}") from error
    return values


def _size(text: str) -> tuple[int, int]:
    height, _, width = text.partition(",")
    try:
        size = int(height), int(width)
        ImageSettings(size=size)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"expected HEIGHT,WIDTH in pixels, got {text!r}"
        ) from error
    return size
