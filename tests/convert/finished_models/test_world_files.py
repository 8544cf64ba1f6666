"""Files of Google and MLCommons say what their publishers' own tests expect of them."""

import shutil

import pytest

from helpers.commands import run_satchel
from helpers.world_files import WORLD, needs_world_files
from satchel import ImageClassifier, TextClassifier

pytestmark = needs_world_files

NEGATIVE, POSITIVE = (
    "What a waste of my time.",
    ("This is the best movie I\u2019ve seen in recent years. Strongly recommend it!"),
)
LABELS = {
    "digits": "0 1 2 3 4 5 6 7 8 9",
    "words": "down go left no off on right stop up yes silence unknown",
    "things": "airplane automobile bird cat deer dog frog horse ship truck",
    "person": "nobody person",
}


@pytest.fixture
def pack(tmp_path, capsys):
    """Return a function that packs a file with at most its labels typed, and returns the bundle."""

    def packed(name, *more, labels=None):
        if labels in LABELS:
            typed = tmp_path / f"{labels}.txt"
            typed.write_text("\n".join(LABELS[labels].split()))
            more = ("--labels", typed, *more)
        elif labels:
            more = ("--labels", WORLD / "labels" / labels, *more)
        out = tmp_path / f"{name}.satchel"
        code = run_satchel("pack", WORLD / "tflite" / f"{name}.tflite", *more, "--out", out)
        assert code == 0, capsys.readouterr().err
        return out

    return packed


@pytest.mark.parametrize(
    ("name", "labels", "picture", "label", "score"),
    [
        # tflite-support: 0.9622 with its own resizing; ours antialiases.
        ("mobilenet_v1_0.25_224_1_metadata_1", None, "burger.jpg", "cheeseburger", 0.96),
        ("mobilenet_v1_0.25_224_quant", None, "burger.jpg", "cheeseburger", 0.96),
        ("tf2_mobilenet_v2_1.0_224_ptq", "imagenet_labels.txt", "parrot.jpg", "macaw", 0.9),
        ("keras_lstm_mnist_ptq", "digits", "mnist_nine.bmp", "9", 0.99),
        ("automl_labeler_model", None, "sunflower.bmp", "sunflowers", 0.9),
    ],
)
def test_a_picture_has_the_label_that_its_publisher_expects(
    pack, name, labels, picture, label, score
):
    [best] = ImageClassifier(pack(name, labels=labels)).classify(WORLD / "pictures" / picture)[:1]
    assert best.label == label
    assert best.score == pytest.approx(score, abs=0.03)


def test_labels_that_repeat_have_ids(pack):
    classifier = ImageClassifier(pack("mobilenet_v1_0.25_128_quant"))
    output = classifier.bundle.card.output
    cranes = [at for at, label in enumerate(output.labels) if label == "crane"]
    assert len(cranes) == 2
    assert [output.ids[at] for at in cranes] == [f"crane {at}" for at in cranes]


def test_a_text_model_says_what_tflite_support_expects_to_six_digits(pack):
    classifier = TextClassifier(pack("test_model_nl_classifier_with_regex_tokenizer"))
    found = [dict(map(tuple, classifier.classify(text))) for text in (NEGATIVE, POSITIVE)]
    assert found[0]["Negative"] == pytest.approx(0.813130, abs=1e-6)
    assert found[1]["Negative"] == pytest.approx(0.486573, abs=1e-6)
    assert found[1]["Positive"] == pytest.approx(0.513427, abs=1e-6)


def test_a_vocabulary_beside_the_model_is_stated(pack):
    vocabulary = WORLD / "labels" / "movie_review_vocab.txt"
    bundle = pack("movie_review", "--vocabulary", vocabulary, labels="movie_review_labels.txt")
    classifier = TextClassifier(bundle)
    assert classifier.classify(NEGATIVE)[0].label == "Negative"
    assert classifier.classify(POSITIVE)[0].label == "Positive"


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("test_model_nl_classifier_with_associated_label_builtin_ops", None),
        ("kws_ref_model", "words"),
        ("pretrainedResnet_quant", "things"),
        ("vww_96_int8", "person"),
    ],
)
def test_a_file_packs_with_its_labels_typed_and_passes_its_self_test(pack, capsys, name, labels):
    assert run_satchel("selftest", pack(name, labels=labels)) == 0
    assert "passed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("ad01_int8", "it makes its input again, as an autoencoder does."),
        ("tf2_mobilenet_v2_1.0_224_ptq", "its metadata names 'imagenet_labels.txt', which is not"),
        ("movie_review", "--vocabulary FILE with a token and its id on each line"),
    ],
)
def test_a_file_that_lacks_something_is_refused_in_one_line(refused, name, reason):
    assert reason in refused("pack", WORLD / "tflite" / f"{name}.tflite")


def test_the_publisher_s_numbers_are_found_among_the_usual_ones(tmp_path, capsys):
    """Stripped of its metadata, the file is packed with the numbers that the metadata states."""
    from satchel_convert.finished_models.draft import FinishedFile
    from satchel_convert.finished_models.wrapping import wrap_model
    from satchel_convert.tflite.flatbuffer import read_tree, write_tree

    content = (WORLD / "tflite" / "mobilenet_v1_0.25_224_1_metadata_1.tflite").read_bytes()
    tree = read_tree(content)
    tree.metadata = None
    (tmp_path / "plain.tflite").write_bytes(write_tree(tree))
    pictures = sorted((WORLD / "imagenet_sample").glob("*.jpg"))
    labels = ("background", *(picture.stem for picture in pictures))
    for picture in pictures[::7]:
        place = tmp_path / "evaluation" / picture.stem
        place.mkdir(parents=True)
        shutil.copy(picture, place)
    packed = wrap_model(
        FinishedFile(tmp_path / "plain.tflite", labels, evaluation=tmp_path / "evaluation")
    )
    image = packed.bundle.card.input
    assert image.scale == pytest.approx((1 / 127.5,))
    assert image.offset == pytest.approx((-1.0,))
    assert image.channel_order == "rgb"
    assert "-1 to 1" in packed.bundle.card.provenance["preprocessing"]
