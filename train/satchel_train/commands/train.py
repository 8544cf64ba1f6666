"""``satchel train``: trains a recipe and writes its model folder."""

import argparse
import json
import logging
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from textwrap import shorten

import satchel_train
from satchel.cli import OK
from satchel_train.commands.arguments import (
    add_arguments as add_arguments,
    check_one_purpose,
    settings_of,
    words_of,
)
from satchel_train.commands.data_warnings import print_data_warnings
from satchel_train.commands.progress import show_progress
from satchel_train.commands.quiet_start import quiet_start
from satchel_train.hyper_search_space import SEEDS as SEARCH_SEEDS
from satchel_train.recipe import load_recipe
from satchel_train.settings import Settings
from satchel_train.training_loop.optimizers import SEEDS as OPTIMIZER_SEEDS


def run(args: argparse.Namespace) -> int:
    """Train, write the model folder and print the result."""
    check_one_purpose(args)
    settings = settings_of(args)
    if args.folds is not None or args.compare_optimizers is not None:
        return _cross_validation(args, settings)
    if args.search is not None:
        return _search(args, settings)
    plan = satchel_train.plan_training(
        args.recipe,
        settings,
        out=args.out,
        replace=args.replace,
        resume=args.resume,
        device=args.device,
        precision=args.precision,
        cluster=satchel_train.read_cluster(args.workers, args.worker),
        tensorboard=args.tensorboard,
    )
    _open_backend(args, plan.devices_used)
    with print_data_warnings(), _shown_choices(args), show_progress() as on_progress:
        result = plan.run(on_progress=on_progress, command=_typed())
    reached = result.test_time_augmentation.get("accuracy_of_mean")
    if reached is not None:
        _say(
            f"the mean of each image's and its mirror image's scores: {reached:.2%} are right,"
            " which no bundle computes",
            args,
        )
    if result.folder is None:
        _say(f"done; worker 0 writes {args.out}", args)
    else:
        print(_summary(result) if args.json else _last_line(result))
    return OK


def _cross_validation(args: argparse.Namespace, settings: Settings) -> int:
    """Cross-validate or compare optimizers, write the study and print its table."""
    chosen = satchel_train.check_study(args.recipe, settings)
    varied = "fold" if args.folds is not None else "optimizer"
    folder = satchel_train.study_folder(args.out, varied)
    recipe = load_recipe(args.recipe)
    _open_backend(args, partial(recipe.devices_used, chosen))
    with print_data_warnings(), _shown_choices(args), show_progress() as on_progress:
        if args.folds is not None:
            cross_validation = satchel_train.cross_validate(
                args.recipe,
                chosen,
                folds=args.folds,
                device=args.device,
                precision=args.precision,
                on_progress=on_progress,
            )
        else:
            cross_validation = satchel_train.compare_optimizers(
                args.recipe,
                chosen,
                optimizers=args.compare_optimizers,
                seeds=args.seeds or OPTIMIZER_SEEDS,
                device=args.device,
                precision=args.precision,
                on_progress=on_progress,
            )
    satchel_train.write_cross_validation(folder, cross_validation)
    _say(f"written to {folder}", args)
    if args.json:
        # An optimizer that always diverged has no accuracy.
        nothing = {each.name: None for each in cross_validation.diverged}
        found = {row.name: row.accuracy for row in cross_validation.rows}
        print(json.dumps({**nothing, **found}))
    else:
        print(satchel_train.cross_validation_table(cross_validation))
    return OK


def _search(args: argparse.Namespace, settings: Settings) -> int:
    """Search for settings, write the trials and print them with the command of the best ones."""
    trials, seeds, resume = args.search, args.seeds or SEARCH_SEEDS, args.resume
    chosen = satchel_train.check_search(
        args.recipe, settings, trials=trials, seeds=seeds, resume=resume, out=args.out
    )
    recipe = load_recipe(args.recipe)
    _open_backend(args, partial(recipe.devices_used, chosen))
    with print_data_warnings(), _shown_choices(args), show_progress() as on_progress:
        found = satchel_train.search(
            args.recipe,
            chosen,
            trials=trials,
            seeds=seeds,
            resume=resume,
            out=args.out,
            device=args.device,
            precision=args.precision,
            on_progress=on_progress,
        )
    satchel_train.write_search(args.out, found)
    words = ["satchel", "train", args.recipe, *words_of(found.settings), "--out", "DIR"]
    if args.json:
        best = found.best._asdict()
        print(json.dumps(best | {"command": shlex.join(words), "trials": len(found.trials)}))
    else:
        print(satchel_train.search_table(found))
        print(f"best: {shlex.join(words)}")
    return OK


def _open_backend(
    args: argparse.Namespace, devices_used: Callable[["satchel_train.Backend"], int]
) -> None:
    """Import Keras quietly and print the devices that it will use."""
    with quiet_start():
        backend = satchel_train.open_backend(args.device, args.precision)
    device, used = backend.device, devices_used(backend)
    count = "" if device.present == 1 else f"{used} of {device.present} x "
    _say(f"{device.kind} ({count}{device.name}), {backend.name}, {backend.precision}", args)


@contextmanager
def _shown_choices(args: argparse.Namespace) -> Iterator[None]:
    """Print what the library chose for the user and logs, such as an augmentation."""
    handler = logging.Handler()
    handler.emit = lambda record: _say(record.getMessage(), args)  # type: ignore[method-assign]
    logger = logging.getLogger("satchel_train")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)


def _summary(result: "satchel_train.TrainingResult") -> str:
    """Return the result as one JSON object."""
    averaged = result.test_time_augmentation
    return json.dumps(
        {
            "recipe": result.recipe,
            "folder": str(result.folder),
            **result.measured,
            **({"test_time_augmentation": dict(averaged)} if averaged else {}),
            "evaluation": result.measurement and result.measurement.as_json(),
            "evaluation_samples": result.evaluation_samples,
            "parameters": result.parameters,
            "seconds": result.seconds,
        }
    )


def _last_line(result: "satchel_train.TrainingResult") -> str:
    """Return the result in one line, with the next command."""
    assert result.folder is not None, "worker 0 has written it"
    bundle = f"{result.folder.resolve().name}.satchel"
    following = shlex.join(["satchel", "convert", str(result.folder), "--out", bundle])
    found = [
        f"{name.replace('_', ' ')} {value:{'.2%' if 'accuracy' in name else '.4g'}}"
        for name, value in result.measured.items()
    ]
    if result.measurement is not None:
        found[0] += _interval(result.measurement.accuracy_interval)
        found += _by_label(result.measurement)
    return (
        f"{result.recipe}: {', '.join(found)} on {result.evaluation_samples:,} samples"
        f" after {result.seconds:.1f} s, in {result.folder}; next: {following}"
    )


def _by_label(measurement: "satchel_train.Measurement") -> list[str]:
    """Return what an accuracy hides: the balanced accuracy, and the label that is found least."""
    least = measurement.least_found
    return [
        f"balanced accuracy {measurement.balanced_accuracy:.2%}"
        + _interval(measurement.balanced_accuracy_interval),
        f"least found: {shorten(least.label, 40)} ({least.found:,} of {least.samples:,})",
    ]


def _interval(bounds: tuple[float, float]) -> str:
    low, high = bounds
    return f" ({100 * low:.2f} to {high:.2%})"


def _typed() -> str | None:
    """Return the command line of this process; None if a program calls the command's function."""
    words = sys.argv[1:]
    return shlex.join(["satchel", *words]) if words[:1] == ["train"] else None


def _say(line: str, args: argparse.Namespace) -> None:
    """Print a message to standard error, unless the user asked for JSON."""
    if not args.json:
        print(line, file=sys.stderr)
