"""The fields of a card of each task, fresh for each test."""

import pytest

from helpers.card_fields import fields_of
from helpers.tiny_bundles import (
    GENERATOR_CARD,
    GENERATOR_FILES,
    IMAGE_CARD,
    IMAGE_FILES,
    STYLE_CARD,
    STYLE_FILES,
    TEXT_CARD,
    TEXT_FILES,
)


@pytest.fixture
def image():
    return fields_of(IMAGE_CARD, IMAGE_FILES)


@pytest.fixture
def text():
    return fields_of(TEXT_CARD, TEXT_FILES)


@pytest.fixture
def generator():
    return fields_of(GENERATOR_CARD, GENERATOR_FILES)


@pytest.fixture
def style():
    return fields_of(STYLE_CARD, STYLE_FILES)
