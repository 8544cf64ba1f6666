from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from helpers.trainings import run_train
from satchel import InputError
from satchel.bundle.card import parse_card
from satchel_train.errors import DataError, SettingsError
from satchel_train.fitting.execution import Execution
from satchel_train.generative.adversarial import build_adversaries
from satchel_train.recipes.cifar100.data import SIDE
from satchel_train.recipes.faces import FacesSettings, training
from satchel_train.recipes.faces.data import CELEBA, LFW, Faces, read_faces
from satchel_train.recipes.faces.networks import build_discriminator, build_generator
from satchel_train.recipes.faces.training import prepare
from satchel_train.training_loop.checkpoint import Checkpoint
from satchel_train.training_loop.fit import make_reproducible


@pytest.fixture
def settings(data_dir):
    return FacesSettings(seed=7, data_dir=data_dir, epochs=2)


def write_faces(folder, count, *, size=(178, 218)):
    folder.mkdir(parents=True)
    for number in range(count):
        Image.new("RGB", size, (number, 100, 50)).save(folder / f"{number:06}.jpg")


def test_cifar100s_people_are_what_is_learned_without_faces(data_dir):
    with_people = read_faces(data_dir)
    assert with_people.images.shape == (10, 32, 32, 3)


def test_celebas_folder_is_read_in_the_order_of_its_names(tmp_path):
    write_faces(tmp_path / CELEBA, 12)
    faces = read_faces(tmp_path)
    assert faces.images.shape == (12, 64, 64, 3)
    assert (np.diff(faces.images[:][:, 0, 0, 0].astype(int)) >= 0).all()
    assert read_faces(tmp_path / CELEBA).sha256 == faces.sha256


def test_another_image_gives_another_checksum(tmp_path):
    write_faces(tmp_path / CELEBA, 12)
    before = read_faces(tmp_path).sha256
    Image.new("RGB", (9, 9)).save(tmp_path / CELEBA / "000003.jpg")
    assert read_faces(tmp_path).sha256 != before


def test_labeled_faces_in_the_wild_are_read_by_scikit_learn(tmp_path):
    for name in ("pairsDevTrain.txt", "pairsDevTest.txt", "pairs.txt"):
        (tmp_path / LFW).mkdir(exist_ok=True)
        (tmp_path / LFW / name).write_bytes(b"")
    write_faces(tmp_path / LFW / "lfw_funneled" / "Ada_Lovelace", 11, size=(250, 250))
    for side in (32, 64):
        faces = read_faces(tmp_path, side=side)
        assert faces.images.shape == (11, side, side, 3)
        middle = faces.images[:, side // 2, side // 2].astype(int)
        assert np.abs(middle.max(axis=0) - (10, 100, 50)).max() <= 2
    assert read_faces(tmp_path).images.shape == (11, 64, 64, 3)


def test_a_folder_without_faces_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"or images of faces in .*, got none of them"):
        read_faces(tmp_path)
    with pytest.raises(DataError, match=r"Expected a folder of images, got .*nowhere"):
        read_faces(tmp_path / "nowhere")


def test_a_half_downloaded_lfw_is_refused_without_a_download(tmp_path):
    (tmp_path / LFW).mkdir()
    with pytest.raises(DataError, match="Expected scikit-learn's Labeled Faces in the Wild in"):
        read_faces(tmp_path)


def write_detailed_faces(folder):
    """Write images of 64 pixels with stripes of one pixel, which 32 pixels cannot show."""
    folder.mkdir()
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[::2] = 255
    for number in range(12):
        Image.fromarray(np.roll(stripes, number, axis=0)).save(folder / f"{number:02}.png")


def test_a_folder_of_faces_is_learned_in_64_pixels_and_smaller_on_request(tmp_path):
    write_detailed_faces(tmp_path / "faces")
    stripes = read_faces(tmp_path / "faces").images[:]
    assert stripes.shape == (12, 64, 64, 3)
    assert set(np.unique(stripes)) == {0, 255}
    assert read_faces(tmp_path / "faces", side=32).images.shape == (12, 32, 32, 3)


@pytest.mark.parametrize(("words", "side"), [((), 64), (("--size", 32), 32)])
def test_the_command_writes_a_generator_of_that_size(tmp_path, words, side):
    import keras

    write_detailed_faces(tmp_path / "faces")
    out = tmp_path / "model"
    assert (
        run_train("faces", "--data-dir", tmp_path / "faces", "--epochs", 1, "--out", out, *words)
        == 0
    )
    output = parse_card((out / "card.json").read_bytes()).output
    model = keras.models.load_model(out / "model.keras")
    assert (output.height, output.width) == model.output_shape[1:3] == (side, side)
    with Image.open(out / "grid.png") as grid:
        assert grid.size == (10 * (64 + 2) - 2,) * 2


def test_cifar100s_people_have_no_64_pixels(data_dir, tmp_path):
    words = ("--data-dir", data_dir, "--size", 64, "--out", tmp_path / "model")
    with pytest.raises(
        DataError, match="Expected a folder with images of faces for 64 pixels, got"
    ):
        run_train("faces", *words)


def test_another_size_is_refused():
    with pytest.raises(SettingsError, match="Expected a size of 32 or 64 pixels, got 48"):
        FacesSettings(size=48)


def test_too_few_faces_are_refused(tmp_path):
    write_faces(tmp_path / CELEBA, 9)
    with pytest.raises(DataError, match="Expected at least 10 images of faces, got 9"):
        read_faces(tmp_path)


def test_a_file_that_is_no_image_is_named(tmp_path):
    write_faces(tmp_path / CELEBA, 10)
    (tmp_path / CELEBA / "000004.jpg").write_bytes(b"no image")
    with pytest.raises(InputError, match=r"000004\.jpg"):
        read_faces(tmp_path)


def small_adversaries():
    make_reproducible(7)
    generator, averaged = (build_generator(latent=3, channels=(4, 4)) for _ in range(2))
    return build_adversaries(generator, build_discriminator(side=8, channels=(4, 4)), averaged)


def some_batch():
    randomness = np.random.default_rng(0)
    changes = training.draw_changes(randomness, count=6, side=8)
    return {
        "images": randomness.uniform(-1, 1, (6, 8, 8, 3)).astype(np.float32),
        "latents": randomness.uniform(-1, 1, (6, 3)).astype(np.float32),
        "changes": changes,
    }


def test_the_generators_loss_moves_the_generator_alone():
    import tensorflow

    adversaries = small_adversaries()
    with tensorflow.GradientTape(persistent=True) as tape:
        losses = adversaries(some_batch())
    deceiving, judging = losses["generator_loss"], losses["discriminator_loss"]
    moved = {
        name: [
            gradient is not None and bool(tensorflow.reduce_any(gradient != 0))
            for gradient in tape.gradient(loss, [w.value for w in network.trainable_variables])
        ]
        for name, loss, network in (
            ("generator by its loss", deceiving, adversaries.generator),
            ("discriminator by the generator's", deceiving, adversaries.discriminator),
            ("generator by the discriminator's", judging, adversaries.generator),
            ("discriminator by its loss", judging, adversaries.discriminator),
        )
    }
    assert any(moved["generator by its loss"])
    assert any(moved["discriminator by its loss"])
    assert not any(moved["discriminator by the generator's"])
    assert not any(moved["generator by the discriminator's"])


def test_the_averaged_weights_follow_the_generators_slowly():
    adversaries = small_adversaries()
    before = adversaries.averaged.get_weights()
    adversaries.generator.set_weights([weights + 1 for weights in before])
    adversaries(some_batch())
    after = adversaries.averaged.get_weights()
    # The batch moved the statistics of the generator's normalization before they were averaged.
    for was, found, weight in zip(before, after, adversaries.averaged.weights, strict=True):
        if "moving" not in weight.path:
            np.testing.assert_allclose(found - was, 0.005, atol=1e-4)


def test_a_resumed_training_ends_in_the_same_bits(settings, tmp_path):
    def finish(checkpoint=None, *, stop_after=None):
        make_reproducible(7)
        training = prepare(settings)
        if stop_after is not None:
            with pytest.raises(KeyboardInterrupt):
                training.run(Execution(checkpoint=checkpoint, callbacks=[interrupt(stop_after)]))
            return None
        return training.run(Execution(checkpoint=checkpoint))

    straight = finish()
    checkpoint = Checkpoint(tmp_path / "training.checkpoint", {"seed": 7})
    finish(checkpoint, stop_after=1)
    assert len(checkpoint.load()[1]) == 1
    resumed = finish(checkpoint)
    weights = [
        b"".join(array.tobytes() for array in trained.model.get_weights())
        for trained in (straight, resumed)
    ]
    assert weights[0] == weights[1]
    assert straight.images == resumed.images
    for one, other in zip(straight.history.epochs, resumed.history.epochs, strict=True):
        assert one._replace(seconds=0) == other._replace(seconds=0)


def interrupt(epochs):
    import keras

    def stop(epoch, logs):
        if epoch == epochs:
            raise KeyboardInterrupt

    return keras.callbacks.LambdaCallback(on_epoch_begin=stop)


def test_images_are_measured_in_the_features_of_a_classifier(data_dir, tmp_path):
    words = ("--data-dir", data_dir, "--epochs", 1, "--out")
    assert run_train("digits", *words, tmp_path / "digits") == 0
    found = prepare(
        FacesSettings(seed=7, data_dir=data_dir, epochs=1, features=tmp_path / "digits")
    ).run()
    (epoch,) = found.history.epochs
    assert epoch.frechet_distance == found.measured["frechet_distance"] > 0
    assert epoch.spread == found.measured["spread"] > 0


def test_a_folder_that_is_no_classifier_is_refused_before_any_training(settings, tmp_path):
    with pytest.raises(DataError, match="Expected the model folder of an image classifier, got"):
        prepare(replace(settings, features=tmp_path))


@pytest.mark.parametrize(
    ("images", "epochs"),
    [(10, 6000), (2500, 150), (200_000, 60)],
    ids=["few", "people", "CelebA"],
)
def test_a_large_data_set_takes_fewer_epochs_for_the_same_steps(
    settings, monkeypatch, images, epochs
):
    faces = Faces(np.broadcast_to(np.uint8(0), (images, SIDE, SIDE, 3)), "0" * 64)
    monkeypatch.setattr(training, "read_faces", lambda _, side: faces)
    assert prepare(replace(settings, epochs=None)).hyper.epochs == epochs


def test_the_grid_shows_what_the_runtime_makes_of_seeds(trained):
    if trained.recipe != "faces":
        pytest.skip("a grid of generated images")
    import keras

    model = keras.models.load_model(trained.folder / "model.keras")
    with Image.open(trained.folder / "grid.png") as grid:
        first = np.asarray(grid)[:64:2, :64:2]
    np.testing.assert_array_equal(first, training.generate(model, [1000])[0])
    output = parse_card((trained.folder / "card.json").read_bytes()).output
    assert (output.scale, output.offset) == ((127.5,), (127.5,))
