import hashlib

import numpy as np
import pytest
from PIL import Image

from helpers.trainings import run_train
from satchel.bundle.card import TensorSpec, parse_card
from satchel.bundle.text_input import TextInput
from satchel.preprocessing import open_tokenizer
from satchel.preprocessing.images import read_pixels, to_tensor
from satchel_train import model_folder
from satchel_train.errors import FolderError
from satchel_train.model_folder import check_target

CHANCE = {"digits": 0.1, "mnist": 0.1, "cifar100": 0.01, "reviews": 0.5, "imdb": 0.5}
CHANCE |= {"photos": 0, "imagenet": 0}

MEASURED = {"faces": ("spread",), "style": ("content_loss", "style_loss")}
IMAGES = {
    "faces": {"curves.png", "grid.png", "stages.png"},
    "imagenet": set(),
    "style": {"curves.png", "sheet.png"},
}
"""Of a recipe that trains no classifier by epochs"""


def tree(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def load_keras(trained):
    import keras

    return keras.models.load_model(trained.folder / "model.keras", safe_mode=True)


def model_inputs(trained, part):
    """Read a part back as anyone would who has the folder and the runtime."""
    card = parse_card((trained.folder / "card.json").read_bytes())
    samples = trained.samples(part)
    if isinstance(card.input, TextInput):
        files = {name: (trained.folder / name).read_bytes() for name in card.input.files}
        tokenizer = open_tokenizer(card.input, files)
        return np.concatenate([tokenizer(sample["text"]) for sample in samples])
    paths = [trained.folder / "samples" / sample["picture"] for sample in samples]
    pixels = np.concatenate([read_pixels(path, card.input) for path in paths])
    return to_tensor(pixels, card.input, TensorSpec("float32"))


def contents(trained, part):
    """Return what each sample of a part shows, as something to compare."""
    return [
        Image.open(trained.folder / "samples" / sample["picture"]).tobytes()
        if "picture" in sample
        else str(sample)
        for sample in trained.samples(part)
    ]


def test_the_folder_has_the_files_of_the_contract_and_no_others(trained):
    names = {path.name for path in trained.folder.iterdir()}
    texts = trained.recipe in ("reviews", "imdb")
    more = {"vocabulary.txt"} if texts else set()
    ordinary = {"curves.png"} if trained.in_epochs else {"path.png", "coefficients.png"}
    more |= IMAGES.get(trained.recipe, {"confusion.png", "mistakes.png"} | ordinary)
    assert names == model_folder.REQUIRED | more
    check_target(trained.folder, replace=True)


def test_nothing_is_left_beside_the_folder(trained):
    assert [path.name for path in trained.folder.parent.iterdir()] == [trained.folder.name]


def test_the_card_is_read_back_by_the_runtime(trained):
    card = parse_card((trained.folder / "card.json").read_bytes())
    assert card.name.startswith(f"{trained.recipe}_")
    if trained.recipe in CHANCE:
        assert card.output.activation == "softmax"
    assert card.provenance["recipe"] == trained.recipe
    assert card.provenance["seed"] == 7
    assert card.provenance["backend"] == "tensorflow"
    assert {"keras", "tensorflow", "data", "created"} <= card.provenance.keys()


def test_the_model_says_of_the_folders_samples_what_was_measured(trained):
    if trained.recipe not in CHANCE:
        pytest.skip("its samples have no labels")
    labels = parse_card((trained.folder / "card.json").read_bytes()).output.name_of_each
    expected = [labels.index(sample["label"]) for sample in trained.samples("evaluation")]
    model, inputs = load_keras(trained), model_inputs(trained, "evaluation")
    if len(model.inputs) > 1:
        inputs = list(np.moveaxis(inputs, 1, 0))
    scores = model.predict(inputs, verbose=0)
    assert scores.shape == (len(expected), len(labels))
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)
    accuracy = (scores.argmax(axis=1) == expected).mean()
    assert accuracy == trained.json("training.json")["test_accuracy"]
    assert accuracy >= CHANCE[trained.recipe]


def test_the_model_is_saved_without_the_state_of_its_optimizer(trained):
    model = load_keras(trained)
    assert model.name == trained.json("card.json")["name"]
    assert not model.compiled
    weights = 4 * model.count_params()
    # An optimizer's state is as large as the weights again; what describes the layers is not.
    assert (trained.folder / "model.keras").stat().st_size < 1.5 * weights + 200_000


def test_the_calibration_part_and_the_evaluation_part_are_disjoint(trained):
    calibration, evaluation = contents(trained, "calibration"), contents(trained, "evaluation")
    assert calibration
    assert evaluation
    assert not set(calibration) & set(evaluation)


def test_training_json_says_how_the_model_came_about(trained):
    training = trained.json("training.json")
    assert list(training) == [
        *("recipe", "model", "seed", "hyper", "kept_epoch"),
        *MEASURED.get(trained.recipe, ("test_accuracy",)),
        *(
            "evaluation",
            "evaluation_samples",
            "calibration_samples",
            "parameters",
            "seconds",
            "data",
            "data_findings",
            "commit",
            "created",
        ),
        *("backend", "device", "precision", "machine", "command", "diverged_learning_rates"),
        *("workers", "devices", "packages", "history"),
    ]
    assert (training["recipe"], training["seed"]) == (trained.recipe, 7)
    assert all(
        finding.keys() == {"kind", "samples", "line"} for finding in training["data_findings"]
    )
    epochs = 2 if trained.in_epochs else 0
    assert training["hyper"].get("epochs", 0) == epochs
    assert training["evaluation_samples"] == len(trained.samples("evaluation"))
    assert training["calibration_samples"] == len(trained.samples("calibration"))
    assert training["parameters"] == load_keras(trained).count_params()
    # The first epoch of photos is that of its last layer, which is taught in another way.
    assert len(training["history"]) == epochs + (trained.recipe == "photos")
    if trained.recipe in CHANCE and epochs:
        assert {"loss", "accuracy", "val_loss", "val_accuracy"} < training["history"][0].keys()
    assert {"python", "keras", "tensorflow", "numpy", "satchel-train"} <= training[
        "packages"
    ].keys()


def test_the_checksum_of_the_publishers_file_is_recorded(trained, data_dir):
    names = {
        "mnist": "mnist.npz",
        "cifar100": "cifar-100-python.tar.gz",
        "faces": "cifar-100-python.tar.gz",
        "imdb": "aclImdb_v1.tar.gz",
    }
    digest = trained.json("training.json")["data"]
    assert digest == trained.json("card.json")["provenance"]["data"]
    assert digest.startswith("sha256:")
    if trained.recipe in names:
        content = (data_dir / names[trained.recipe]).read_bytes()
        assert digest == "sha256:" + hashlib.sha256(content).hexdigest()


def test_every_png_is_an_image(trained):
    for path in trained.folder.glob("*.png"):
        with Image.open(path) as image:
            image.load()
            assert image.format == "PNG"
            assert min(image.size) > 30


def test_a_new_and_an_empty_folder_may_be_written(tmp_path):
    check_target(tmp_path, replace=False)
    check_target(tmp_path / "new" / "model", replace=False)
    assert not (tmp_path / "new" / "model").exists()


@pytest.mark.parametrize(
    "names",
    [
        ["diary.txt"],
        # A model folder made by hand: no training wrote it.
        ["model.keras", "card.json", "samples"],
        ["model.keras", "card.json", "samples", "training.json", "curves.png", "diary.txt"],
    ],
)
def test_a_folder_with_anything_of_the_users_is_refused(tmp_path, names):
    for name in names:
        (tmp_path / name).write_bytes(b"mine")
    with pytest.raises(FolderError, match="Expected a new or empty folder, or a trained model"):
        check_target(tmp_path, replace=True)


def test_a_file_in_the_way_is_refused(tmp_path):
    (tmp_path / "model").write_bytes(b"mine")
    with pytest.raises(FolderError, match="Not a directory"):
        check_target(tmp_path / "model", replace=True)
    with pytest.raises(FolderError, match=r"Not a directory|File exists"):
        check_target(tmp_path / "model" / "inner", replace=True)


def test_a_place_that_cannot_be_written_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(FolderError, match="Expected a place to write the model folder"):
        check_target(tmp_path / "model", replace=True)


def test_a_second_training_replaces_the_first_only_if_it_is_told_to(tmp_path):
    words = ("digits", "--out", tmp_path / "model", "--epochs", 1)
    assert run_train(*words, "--seed", 1) == 0
    before = tree(tmp_path)
    with pytest.raises(FolderError, match=r"with a trained model in it: replace it \(--replace\)"):
        run_train(*words, "--seed", 2)
    assert tree(tmp_path) == before
    assert run_train(*words, "--seed", 2, "--replace") == 0
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    assert b'"seed": 2' in (tmp_path / "model" / "training.json").read_bytes()


def test_an_error_while_writing_leaves_the_earlier_folder_as_it_was(tmp_path, monkeypatch):
    words = ("digits", "--out", tmp_path / "model", "--epochs", 1)
    run_train(*words)
    before = tree(tmp_path)

    def disk_is_full(history, *, title):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(model_folder, "draw_curves", disk_is_full)
    with pytest.raises(FolderError, match="No space left on device"):
        run_train(*words, "--replace")
    checkpoint = tmp_path / "model.checkpoint"
    assert checkpoint.exists()
    checkpoint.unlink()
    assert tree(tmp_path) == before


def test_the_earlier_folder_comes_back_if_the_new_one_cannot_take_its_place(tmp_path, monkeypatch):
    target = tmp_path / "model"
    target.mkdir()
    rename = type(target).rename

    def refuse_new(path, to):
        if path.name == "new":
            raise OSError(13, "Permission denied")
        return rename(path, to)

    monkeypatch.setattr(type(target), "rename", refuse_new)
    with (
        pytest.raises(OSError, match="Permission denied"),
        model_folder._taking_place(target, replace=True),
    ):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_what_a_user_put_there_during_the_training_is_not_lost(tmp_path):
    target = tmp_path / "model"

    def write_while_the_user_writes():
        with model_folder._taking_place(target, replace=True):
            target.mkdir()
            (target / "diary.txt").write_bytes(b"mine")

    with pytest.raises(FolderError):
        write_while_the_user_writes()
    assert (target / "diary.txt").read_bytes() == b"mine"
