"""Short trainings by the command, and what they wrote."""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

from satchel_train.commands import train as train_command
from satchel_train.recipe import RECIPES, load_recipe


def run_train(*words):
    """Run ``satchel train`` on ``words`` in this process and return its exit code."""
    parser = argparse.ArgumentParser()
    train_command.add_arguments(parser)
    return train_command.run(parser.parse_args([str(word) for word in words]))


@dataclass(frozen=True)
class Trained:
    """A model folder that one short training wrote."""

    recipe: str
    model: str | None
    """One of the recipe's models; None where it has one only"""
    folder: Path

    @property
    def in_epochs(self):
        return load_recipe(self.recipe).trains_by_epochs(self.model)

    def json(self, name):
        return json.loads((self.folder / name).read_bytes())

    def samples(self, part):
        lines = (self.folder / "samples" / f"{part}.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in lines.rstrip("\n").split("\n")]


def ordinary_words(fixture):
    return ["--data-dir", fixture("data_dir")]


def imagenet_words(fixture):
    fixture("small_images")
    return ["--data-dir", fixture("class_folders"), "--weights", fixture("resnet50_weights")]


def photos_words(fixture):
    fixture("small_images")
    return ["--data-dir", fixture("class_folders"), "--weights", "none"]


def style_words(fixture):
    fixture("small_images")
    contents = fixture("contents")
    words = ["--data-dir", contents, "--style", contents.parent / "style.png"]
    return [*words, "--loss-network", fixture("classifier_folder")]


def lite0_words(fixture):
    fixture("small_images")
    return ["--data-dir", fixture("photographs"), "--weights", fixture("lite0_weights")]


RECIPE_WORDS = {
    "imagenet": imagenet_words,
    "imagenet efficientnet_lite0": lite0_words,
    "photos": photos_words,
    "style": style_words,
}
"""What a short training of a recipe, or of one of its models, is given, where it is not the
publishers' data"""
SAME = {("photos", model) for model in ("mobilenet_v3_large", "resnet50", "efficientnet_lite0")}
"""Trained by the lines that train the small one, on more of Keras's layers"""


def every_model():
    """Return recipe and model of all that can be trained, but for SAME."""
    models = [(name, model) for name in RECIPES for model in load_recipe(name).models or (None,)]
    return [each for each in models if each not in SAME]


def words_of(recipe, model):
    """Return the function that gives the words of a short training, from pytest's fixtures."""
    return RECIPE_WORDS.get(f"{recipe} {model}") or RECIPE_WORDS.get(recipe, ordinary_words)
