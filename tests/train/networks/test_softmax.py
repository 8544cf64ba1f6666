"""Softmax is computed in float32, whatever the precision of the layers before it."""

import argparse

import pytest

from helpers.trainings import every_model, words_of
from satchel_train.classification import Classification
from satchel_train.commands.arguments import add_arguments, settings_of
from satchel_train.recipe import load_recipe
from satchel_train.training_loop.precision import dtype_policy

CLASSIFIERS = [
    (recipe, model)
    for recipe, model in every_model()
    if recipe in ("digits", "mnist", "cifar100", "photos", "reviews", "imdb")
    and load_recipe(recipe).trains_by_epochs(model)
]


@pytest.mark.parametrize(("recipe", "model"), CLASSIFIERS)
def test_the_scores_of_every_classifier_are_float32_in_mixed_precision(request, recipe, model):
    words = [recipe, "--out", "x", *words_of(recipe, model)(request.getfixturevalue)]
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    chosen = [] if model is None else ["--model", model]
    settings = settings_of(parser.parse_args([str(word) for word in [*words, *chosen]]))
    training = load_recipe(recipe).prepare(settings)
    assert isinstance(training, Classification)
    with dtype_policy("mixed_bfloat16"):
        built = training.build()
    assert built.layers[-1].compute_dtype == "float32"
    assert "bfloat16" in {layer.compute_dtype for layer in built.layers}
