"""Makes the texts that may become golden vectors: samples, pieces and lists of words."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import cast

import numpy as np

from satchel.bundle import TextInput
from satchel.preprocessing import open_tokenizer
from satchel_convert.golden.candidates import (
    DOUBTFUL,
    TRIED,
    Candidates,
    GoldenInput,
    one_a_label,
)
from satchel_convert.model_folder import ModelFolder
from satchel_convert.sample_inputs import Inputs, SampleInputs

PIECE_WORDS = (2, 40)
"""The smallest and the largest number of words in a piece"""
LISTED_WORDS = 40
"""The number of words in a list. In a shorter list each word has more weight."""
LISTS_A_WORD = 4
"""The number of lists with each word. The other words differ, and the model may be in doubt about
one of the lists."""
MAX_TEXT_LENGTH = 600
"""The largest number of characters in a golden text, so that a bundle stays small"""


def text_candidates(
    folder: ModelFolder,
    inputs: Inputs | SampleInputs,  # noqa: ARG001 - the raw texts say it all
    surest: Sequence[int],
    doubtful: Sequence[int],
) -> Candidates:
    """Return a clear text for each label, doubtful ones, pieces of texts and lists of words."""
    truth = folder.truth
    assert truth is not None, "a task with labels"
    texts = [str(sample.value) for sample in folder.evaluation]
    short = [at for at in surest if len(texts[at]) <= MAX_TEXT_LENGTH] or surest[:1]
    near = [at for at in doubtful if len(texts[at]) <= MAX_TEXT_LENGTH][:DOUBTFUL]
    certain = [texts[at] for at in (*one_a_label(short, truth), *near)]
    return candidates_from_texts(certain, [*_pieces(texts), *_word_lists(folder, texts, certain)])


def candidates_from_texts(certain: Iterable[str], tried: Iterable[str]) -> Candidates:
    """Return texts that are kept and texts that are tried, each one once."""
    # Characters that UTF-8 cannot encode are replaced here: texts and their files must agree.
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

    In a piece with fewer words, each word has more weight.
    """
    random = np.random.default_rng(0)
    for _ in range(TRIED):
        words = texts[int(random.integers(len(texts)))].split()
        count = int(random.integers(PIECE_WORDS[0], PIECE_WORDS[1] + 1))
        first = int(random.integers(max(1, len(words) - count + 1)))
        yield " ".join(words[first : first + count])[:MAX_TEXT_LENGTH]


def _word_lists(folder: ModelFolder, texts: Sequence[str], certain: Sequence[str]) -> Iterator[str]:
    """Yield lists of the most frequent words of ``texts`` that no ``certain`` text has."""
    input_spec = cast("TextInput", folder.card.input)
    tokenizer = open_tokenizer(input_spec, folder.files[input_spec.vocabulary])
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
    count = min(LISTED_WORDS, input_spec.length - 1)
    random = np.random.default_rng(0)
    for _ in range(LISTS_A_WORD):
        mixed = [chosen[at] for at in random.permutation(len(chosen))]
        yield from (" ".join(mixed[at : at + count]) for at in range(0, len(mixed), count))
