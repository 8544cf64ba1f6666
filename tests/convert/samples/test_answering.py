"""``satchel bench --evaluation``: time and accuracy on samples of one's own, on this device."""

import json
import shutil

import pytest
from PIL import Image

from helpers.commands import run_satchel
from helpers.model_folders import MISLABELLED
from satchel_convert.errors import ModelFolderError
from satchel_convert.samples.answering import open_samples

FAST = ("--seconds", "0.01")


@pytest.fixture(scope="module")
def bundles(tinies, tmp_path_factory):
    """Return a function from a kind to the path of its bundle in float32, TFLite and ONNX."""
    folder, made = tmp_path_factory.mktemp("answering"), {}

    def bundle_of(kind):
        if kind not in made:
            made[kind] = folder / f"{kind}.satchel"
            found = ("convert", tinies[kind].folder.path, "--schemes", "float32")
            assert run_satchel(*found, "--out", made[kind]) == 0
        return made[kind]

    return bundle_of


def rows_of(capsys, *words):
    capsys.readouterr()
    code = run_satchel("bench", *words, *FAST, "--json")
    return code, list(map(json.loads, capsys.readouterr().out.splitlines()))


@pytest.mark.parametrize("kind", ["pictures", "texts"])
def test_every_model_answers_the_samples(bundles, tinies, capsys, kind):
    folder = tinies[kind].folder
    code, rows = rows_of(capsys, bundles(kind), "--evaluation", folder.path)
    assert code == 0
    assert len({(row["file"], row["engine"]) for row in rows}) == len(rows) >= 2
    for row in rows:
        found = row["answered"]
        assert found["samples"] == len(folder.evaluation)
        assert found["right"] == len(folder.evaluation) - MISLABELLED
        assert 0 < found["p50_ms"] <= found["p95_ms"]
        low, high = found["accuracy_ci95"]
        assert low < found["right"] / found["samples"] < high


def test_a_folder_for_each_label_is_a_place_too(bundles, tinies, capsys, tmp_path):
    """The same samples in folders give the same count."""
    card = tinies["pictures"].folder.card
    for at, sample in enumerate(tinies["pictures"].folder.evaluation):
        place = tmp_path / "photos" / card.output.labels[sample.label]
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(sample.value, place / f"{at}.png")
    code, rows = rows_of(
        capsys, bundles("pictures"), "--evaluation", tmp_path / "photos", "--chosen"
    )
    [found] = [row["answered"] for row in rows]
    assert (code, found["samples"]) == (0, len(tinies["pictures"].folder.evaluation))
    assert found["samples"] - found["right"] == MISLABELLED


def test_the_table_and_the_card_say_it(bundles, tinies, capsys, tmp_path):
    page, evaluation = tmp_path / "page.md", tinies["texts"].folder.path
    words = ("--evaluation", evaluation, "--chosen", "--card", page)
    assert run_satchel("bench", bundles("texts"), *FAST, *words) == 0
    printed = capsys.readouterr().out.splitlines()
    [at] = [at for at, line in enumerate(printed) if line.startswith("decoded file to answer")]
    right = len(tinies["texts"].folder.evaluation) - MISLABELLED
    count = f"({right} of {right + MISLABELLED})"
    assert count in printed[at + 1]
    assert "## Samples of one's own" in page.read_text()
    assert count in page.read_text()


def test_pixels_of_a_decoded_file_give_the_answer_of_the_file(bundles, tmp_path):
    """A transparent image lies on the background of the card, whoever decodes it."""
    from satchel import ImageClassifier
    from satchel_convert.samples.answering import _decoded

    classifier = ImageClassifier(bundles("pictures"))
    side = Image.linear_gradient("L").resize((9, 7))
    Image.merge("RGBA", (side, side, side, side.rotate(180))).save(tmp_path / "clear.png")
    background = classifier.bundle.card.input.background
    pixels = _decoded(tmp_path / "clear.png", background)
    found = classifier.scores(tmp_path / "clear.png")
    assert found.tolist() == classifier.scores(pixels).tolist()


def test_a_bundle_without_labels_is_refused(tinies, bundles, capsys):
    folder = tinies["faces"].folder
    assert run_satchel("bench", bundles("faces"), *FAST, "--evaluation", folder.path) == 2
    assert "Expected a bundle that gives labels for --evaluation" in capsys.readouterr().err


def test_samples_are_read_before_anything_is_measured(bundles, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("satchel.tuning.benchmark.bench", None)
    (tmp_path / "wrong.csv").write_text("text,label\ngood,unheard\n")
    words = ("--evaluation", tmp_path / "wrong.csv")
    assert run_satchel("bench", bundles("texts"), *FAST, *words) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "unheard" in line
    with pytest.raises(ModelFolderError, match="there is none"):
        open_samples(bundles("texts"), tmp_path / "missing")
