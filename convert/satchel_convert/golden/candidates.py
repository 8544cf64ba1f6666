"""Inputs that may become golden vectors, and which of them do.

A clear input's top label survives small faults (swapped colour channels, for one), so each clear
picture also comes blended with noise. Both have probabilities near 0 and 1, which hardly move: what
moves is the answer to an input near a tie. So the samples that the float model is least sure of
are in, and what can be made of samples where it turns out to be in doubt: blends of two pictures,
pieces of texts and lists of words that no other golden text has. How far processors rightly differ
there is a vector's own tolerance, see ``tolerances``. Of a model that makes pictures any sample
will do: every pixel counts.
"""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from satchel.bundle import ImageInput, Json, TextInput
from satchel.preprocessing import SUFFIXES, open_tokenizer, to_png
from satchel.selftest import blend
from satchel_convert.keras_models.reference import Reference
from satchel_convert.model_folder import ModelFolder, prepare
from satchel_convert.sample_inputs import Inputs, SampleInputs

LABELS = 4
"""Of which there is a clear input each"""
NOISE = "golden/noise.png"
NOISE_SHARE = 77
"""Of a picture blended with it, in 256ths"""
NOISE_SIDE = 64
"""Pixels at most: it is resized to what the model takes"""
DOUBTFUL = 40
"""Samples near a tie"""
LEAST_DOUBT = 0.1
"""As ``doubt`` has it: a probability from 0.11 to 0.89"""
TRIED = 128
"""Blends, pieces or lists of words, of which those are kept that tell most"""
TRIED_BYTES = 32 << 20
"""Of pixels: of large pictures fewer are tried, and fewer are near a tie"""
BLENDED_SHARES = (64, 192)
"""256ths, from and to"""
PIECE_WORDS = (2, 40)
"""From and to"""
LISTED_WORDS = 40
"""In a text: the fewer, the more each one weighs"""
LISTS_A_WORD = 4
"""Of other words each: in one of them the model may be in doubt"""
PICTURES = 4
"""Inputs of a model that makes pictures"""
MAX_TEXT_LENGTH = 600
"""Characters, so that a bundle does not carry essays"""
MAX_PICTURE_BYTES = 65_536


class GoldenInput(NamedTuple):
    """A raw input, and how its vector names it."""

    raw: bytes | str | int | NDArray[np.uint8]
    """An encoded picture, a text, a seed, or the pixels of two pictures, as a reader takes it"""
    fields: Mapping[str, Json]
    """Its file in the bundle, what it is blended with, or its seed"""


class Candidates(NamedTuple):
    """Inputs that are kept while there is room, and inputs that are tried."""

    certain: Sequence[GoldenInput]
    """The most important first"""
    tried: Sequence[GoldenInput]
    """To be kept where the float model is in doubt"""
    files: Mapping[str, bytes]
    """What the inputs name"""

    @property
    def raws(self) -> list[Any]:
        """The raw inputs of both."""
        return [each.raw for each in (*self.certain, *self.tried)]


class GoldenPicture(NamedTuple):
    """A picture by itself, to be blended with others."""

    file: str
    content: bytes
    pixels: NDArray[np.uint8]
    """At the model's size, (height, width, 3)"""


def choose_candidates(
    folder: ModelFolder, inputs: Inputs | SampleInputs, reference: Reference
) -> Candidates:
    """Return candidates among the evaluation samples, and what can be made of them.

    ``inputs`` and ``reference`` are those of the evaluation samples, in their order.
    """
    truth = folder.truth
    if truth is None:
        return _any_samples(folder, inputs)
    assert isinstance(reference, np.ndarray)
    surest, doubts = _surest(reference, truth), doubt(reference)
    doubtful = [
        at for at in np.argsort(-doubts, kind="stable").tolist() if doubts[at] >= LEAST_DOUBT
    ]
    if isinstance(folder.card.input, ImageInput):
        return _picture_candidates(folder, inputs, _one_a_label(surest, truth), doubtful)
    texts = [str(sample.value) for sample in folder.evaluation]
    short = [at for at in surest if len(texts[at]) <= MAX_TEXT_LENGTH] or surest[:1]
    near = [at for at in doubtful if len(texts[at]) <= MAX_TEXT_LENGTH][:DOUBTFUL]
    certain = [texts[at] for at in (*_one_a_label(short, truth), *near)]
    return _text_candidates(certain, [*_pieces(texts), *_word_lists(folder, texts, certain)])


def doubt(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how far each answer, (answers, labels), moves with its logits: 0 to 0.25.

    It is the largest derivative of a probability by its own logit, p (1 - p).
    """
    found: NDArray[np.float32] = (scores * (1 - scores)).max(axis=1)
    return found


def _blended_pictures(pictures: Sequence[GoldenPicture]) -> list[GoldenInput]:
    """Return blends of two of ``pictures``, the same ones every time."""
    random = np.random.default_rng(0)
    pairs = list(itertools.permutations(range(len(pictures)), 2))
    most = _at_most(TRIED, pictures[0].pixels.nbytes)
    chosen = random.permutation(len(pairs))[:most]
    return [
        _blended(pictures[first], pictures[second], int(random.integers(*BLENDED_SHARES)))
        for first, second in (pairs[at] for at in chosen)
    ]


def picture_candidates(
    pictures: Sequence[GoldenPicture], *, noise: GoldenPicture | None = None, noisy: int = 0
) -> Candidates:
    """Return each picture, the first ``noisy`` with ``noise`` too, and blends of two."""
    alone = [GoldenInput(each.content, {"input": each.file}) for each in pictures]
    certain = alone
    if noise is not None:
        blends = [_blended(each, noise, NOISE_SHARE) for each in pictures[:noisy]]
        both = itertools.chain.from_iterable(zip(alone[:noisy], blends, strict=True))
        certain = [*both, *alone[noisy:]]
    held = [*pictures, *([] if noise is None else [noise])]
    return Candidates(
        certain, _blended_pictures(pictures), {each.file: each.content for each in held}
    )


def _picture_candidates(
    folder: ModelFolder,
    inputs: Inputs | SampleInputs,
    clear: Sequence[int],
    doubtful: Sequence[int],
) -> Candidates:
    taken = folder.card.input
    assert isinstance(taken, ImageInput)
    most = _at_most(DOUBTFUL, 3 * taken.height * taken.width)
    near = [at for at in doubtful if at not in clear][:most]
    pictures = []
    for number, at in enumerate((*clear, *near)):
        pixels = inputs[at : at + 1][0]
        file = Path(str(folder.evaluation[at].value))
        pictures.append(GoldenPicture(*_picture_file(number, file, pixels), pixels))
    return picture_candidates(pictures, noise=_noise(folder, taken), noisy=len(clear))


def _at_most(count: int, picture_bytes: int) -> int:
    """Return ``count``, or how many pictures of that size TRIED_BYTES have room for."""
    return min(count, TRIED_BYTES // picture_bytes)


def _noise(folder: ModelFolder, taken: ImageInput) -> GoldenPicture:
    shape = min(taken.height, NOISE_SIDE), min(taken.width, NOISE_SIDE), 3
    content = to_png(np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8))
    return GoldenPicture(NOISE, content, prepare(folder, [content])[0])


def _blended(picture: GoldenPicture, other: GoldenPicture, share: int) -> GoldenInput:
    return GoldenInput(
        blend(picture.pixels, other.pixels, share),
        {"input": picture.file, "blend": {"input": other.file, "share": share}},
    )


def _text_candidates(certain: Iterable[str], tried: Iterable[str]) -> Candidates:
    # What UTF-8 cannot write is replaced here, and not when the file is.
    kept = dict.fromkeys(text.encode("utf-8", "replace").decode() for text in certain)
    added = dict.fromkeys(text.encode("utf-8", "replace").decode() for text in tried)
    texts = [*kept, *(text for text in added if text not in kept)]
    inputs = [
        GoldenInput(text, {"input": f"golden/{number}.txt"}) for number, text in enumerate(texts)
    ]
    files = {f"golden/{number}.txt": text.encode() for number, text in enumerate(texts)}
    return Candidates(inputs[: len(kept)], inputs[len(kept) :], files)


def _pieces(texts: Sequence[str]) -> Iterator[str]:
    """Yield pieces of some of ``texts``, the same ones every time.

    The fewer words, the more each one weighs.
    """
    random = np.random.default_rng(0)
    for _ in range(TRIED):
        words = texts[int(random.integers(len(texts)))].split()
        count = int(random.integers(PIECE_WORDS[0], PIECE_WORDS[1] + 1))
        first = int(random.integers(max(1, len(words) - count + 1)))
        yield " ".join(words[first : first + count])[:MAX_TEXT_LENGTH]


def _word_lists(folder: ModelFolder, texts: Sequence[str], certain: Sequence[str]) -> Iterator[str]:
    """Yield texts of the most frequent words of ``texts`` that none of the ``certain`` ones has."""
    taken = folder.card.input
    assert isinstance(taken, TextInput)
    assert folder.vocabulary is not None
    tokenizer = open_tokenizer(taken, folder.vocabulary)
    if not tokenizer.delimiter.fullmatch(" "):
        return
    split, vocabulary = tokenizer.delimiter.split, tokenizer.vocabulary
    seen = {vocabulary.get(token) for text in certain for token in split(text)}
    words: dict[int, str] = {}
    for token, _ in Counter(token for text in texts for token in split(text)).most_common():
        number = vocabulary.get(token)
        if number is not None and number not in seen:
            words.setdefault(number, token)
    chosen = list(words.values())[: TRIED // LISTS_A_WORD * LISTED_WORDS]
    count = min(LISTED_WORDS, taken.length - 1)
    random = np.random.default_rng(0)
    for _ in range(LISTS_A_WORD):
        mixed = [chosen[at] for at in random.permutation(len(chosen))]
        yield from (" ".join(mixed[at : at + count]) for at in range(0, len(mixed), count))


def _surest(reference: NDArray[np.float32], truth: NDArray[np.int64]) -> list[int]:
    """Return the samples that are right, surest first."""
    ranked = np.sort(reference, axis=1)
    margins = ranked[:, -1] - ranked[:, -2]
    right = np.where(reference.argmax(axis=1) == truth, margins, 0)
    order = np.argsort(-right, kind="stable").tolist()
    # A float model that is never right has golden vectors still: what it says is to be kept.
    return [at for at in order if right[at] > 0] or order[:1]


def _any_samples(folder: ModelFolder, inputs: Inputs | SampleInputs) -> Candidates:
    """Return a few samples, from the first to the last."""
    samples = folder.evaluation
    count = min(PICTURES, len(samples))
    golden = []
    files = {}
    for number, at in enumerate(np.linspace(0, len(samples) - 1, count).astype(int).tolist()):
        value = samples[at].value
        if isinstance(value, Path):
            file, content = _picture_file(number, value, inputs[at : at + 1][0])
            golden.append(GoldenInput(content, {"input": file}))
            files[file] = content
        else:
            golden.append(GoldenInput(value, {"seed": value}))
    return Candidates(golden, [], files)


def _one_a_label(chosen: Sequence[int], truth: NDArray[np.int64]) -> list[int]:
    first: dict[int, int] = {}
    for position in chosen:
        first.setdefault(int(truth[position]), int(position))
    return list(first.values())[:LABELS]


def _picture_file(number: int, file: Path, pixels: NDArray[np.uint8]) -> tuple[str, bytes]:
    """Return the file itself, so that decoding and resizing are tested too, if it is small."""
    suffix = file.suffix.lower()
    if suffix in SUFFIXES and file.stat().st_size <= MAX_PICTURE_BYTES:
        return f"golden/{number}{suffix}", file.read_bytes()
    return f"golden/{number}.png", to_png(pixels)
