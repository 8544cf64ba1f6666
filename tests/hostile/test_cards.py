"""Cases 14 to 21: the card."""

import json

import pytest

from helpers.golden import SEVEN
from hostile.card_files import cards, vocabularies
from hostile.mutations import bases, seal
from satchel import ImageClassifier, TextClassifier
from satchel.bundle.archive import CARD_NAME, pack
from satchel.errors import BundleError, CardError, EngineError

IMAGE, TEXT = bases()
CARDS = list(cards(json.loads(IMAGE[CARD_NAME]), json.loads(TEXT[CARD_NAME])))


@pytest.mark.parametrize(
    "card", CARDS, ids=lambda each: f"case_{each.case}_{each.what.replace(' ', '_')}"
)
def test_a_card_is_refused(card, refused):
    content = pack({**IMAGE, CARD_NAME: card.content})
    assert card.says in refused(BundleError, content)


def test_case_16_names_that_mean_something_to_python_change_nothing(tmp_path):
    card = json.loads(IMAGE[CARD_NAME])
    odd = {"__class__": "os.system", "__reduce__": ["rm"], "__proto__": {"name": "evil"}}
    path = tmp_path / "odd.satchel"
    path.write_bytes(pack({**IMAGE, CARD_NAME: json.dumps({**card, **odd}).encode()}))
    classifier = ImageClassifier(path)
    assert classifier.bundle.card.name == card["name"]
    assert type(classifier.bundle.card).__name__ == "Card"


@pytest.mark.parametrize("labels", [9, 11])
def test_case_17_another_number_of_labels_than_scores_is_refused(labels, tmp_path, held):
    pytest.importorskip("ai_edge_litert")
    card = json.loads(IMAGE[CARD_NAME])
    card["output"]["labels"] = [f"label {number}" for number in range(labels)]
    files = {name: content for name, content in IMAGE.items() if name != CARD_NAME}
    path = tmp_path / "labels.satchel"
    path.write_bytes(seal(card, files))
    classifier = ImageClassifier(path, model="full_int8.tflite")
    message = held(EngineError, lambda: classifier.classify(SEVEN))
    assert "as its card says" in message


@pytest.mark.parametrize(("what", "content"), list(vocabularies()))
def test_case_21_a_vocabulary_is_refused(what, content, tmp_path, held):
    card = json.loads(TEXT[CARD_NAME])
    files = {name: kept for name, kept in TEXT.items() if name != CARD_NAME}
    path = tmp_path / "words.satchel"
    path.write_bytes(seal(card, {**files, "vocabulary.txt": content}))
    assert "vocabulary" in held(CardError, lambda: TextClassifier(path)) or "lines" in what
