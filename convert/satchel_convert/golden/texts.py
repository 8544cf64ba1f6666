"""Makes the texts that may become golden vectors: samples, pieces and lists of words."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from string import punctuation
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
    tokenizer = open_tokenizer(input_spec, folder.files)
    # Ids that every text has, such as that of the start, say nothing of a word.
    common = set(tokenizer.encode(""))
    seen = {id_ for text in certain for id_ in tokenizer.encode(text)}
    known = set(tokenizer.examples())
    words: dict[tuple[int, ...], str] = {}
    for word, _ in Counter(word for text in texts for word in _words(text)).most_common():
        if word in known:
            ids = tuple(id_ for id_ in tokenizer.encode(word) if id_ not in common)
            if ids and not seen.issuperset(ids):
                words.setdefault(ids, word)
    chosen = list(words.values())[: TRIED // LISTS_A_WORD * LISTED_WORDS]
    if not chosen:
        return
    count = min(LISTED_WORDS, input_spec.length - 1)
    random = np.random.default_rng(0)
    for _ in range(LISTS_A_WORD):
        mixed = [chosen[at] for at in random.permutation(len(chosen))]
        yield from (" ".join(mixed[at : at + count]) for at in range(0, len(mixed), count))


def _words(text: str) -> list[str]:
    """Return the words of a text, without punctuation around them."""
    return [word for part in text.split() if (word := part.strip(punctuation))]
