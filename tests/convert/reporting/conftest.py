"""What verification may find: without a model, and of tiny ones whose float model lies."""

from dataclasses import replace

import numpy as np
import pytest

from helpers.reports import LONG, verified


@pytest.fixture(scope="session")
def differing_images(images):
    """Of a float model that is said to find other labels on every other sample."""
    reference = images.expected.copy()
    reference[::2] = np.roll(reference[::2], 1, axis=1)
    return verified(images.folder, images.folder.inputs, reference)


@pytest.fixture(scope="session")
def differing_texts(texts):
    """Of a float model that is said to find the other label every time; one text is long."""
    samples = list(texts.folder.evaluation)
    samples[LONG] = replace(samples[LONG], value=samples[LONG].value + " and so on" * 50)
    folder = replace(texts.folder, evaluation=samples)
    return verified(folder, folder.inputs, texts.expected[:, ::-1].copy())
