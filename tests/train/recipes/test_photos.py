"""Photos: the last layer is exact, and what follows it is kept only if it is better."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from satchel_train import classification
from satchel_train.cross_validation import fit_folds
from satchel_train.errors import DataError, SettingsError
from satchel_train.fitting.execution import Execution
from satchel_train.networks.published import RANDOM
from satchel_train.recipe import load_recipe
from satchel_train.recipes.photos import PhotosSettings, training as photos
from satchel_train.recipes.photos.head import STRENGTHS, fit_head, scores_of
from satchel_train.training_loop.class_weights import balanced_weights
from satchel_train.training_loop.history import Epoch, History


def clouds(*, labels, features, samples=60, seed=0):
    """Return features of overlapping labels, of very different sizes, and one that is constant."""
    random = np.random.default_rng(seed)
    right = np.arange(samples, dtype=np.int32) % labels
    found = random.normal(size=(samples, features)) + 2 * random.normal(size=(labels, features))[
        right
    ] / np.sqrt(features)
    found = found * 10.0 ** random.integers(-2, 3, features) + 5
    found[:, 0] = 3.0
    return found.astype(np.float32), right


@pytest.mark.parametrize(("labels", "features"), [(2, 8), (2, 200), (5, 8), (5, 200)])
def test_the_head_scores_as_scikit_learn_does(labels, features):
    inputs, right = clouds(labels=labels, features=features)
    head = fit_head(inputs, right)
    scaler = StandardScaler().fit(inputs.astype(np.float64))
    regression = LogisticRegression(C=head.strength, tol=1e-8, max_iter=100_000)
    regression.fit(scaler.transform(inputs), right)
    others, _ = clouds(labels=labels, features=features, seed=1)
    expected = regression.predict_proba(scaler.transform(others.astype(np.float64)))
    # Both stop where the gradient is small, and the kernel is rounded to float32.
    np.testing.assert_allclose(scores_of(head, others), expected, atol=2e-4)
    assert (head.kernel.dtype, head.bias.dtype) == (np.float32, np.float32)
    assert head.kernel.shape == (features, labels)


def test_balanced_labels_count_alike_in_the_head_as_in_scikit_learn():
    inputs, right = clouds(labels=3, features=8)
    kept = np.flatnonzero((right > 0) | (np.arange(len(right)) % 10 == 0))
    inputs, right = inputs[kept], right[kept]
    head = fit_head(inputs, right, balanced_weights(right, count=3))
    scaler = StandardScaler().fit(inputs.astype(np.float64))
    regression = LogisticRegression(
        C=head.strength, tol=1e-8, max_iter=100_000, class_weight="balanced"
    )
    regression.fit(scaler.transform(inputs), right)
    others, _ = clouds(labels=3, features=8, seed=1)
    expected = regression.predict_proba(scaler.transform(others.astype(np.float64)))
    np.testing.assert_allclose(scores_of(head, others), expected, atol=2e-4)


def test_a_rare_label_is_found_more_often_with_balanced_weights():
    right = (np.arange(400) % 20 == 0).astype(np.int32)
    # They overlap, so that a label's share decides.
    inputs = np.random.default_rng(0).normal(right[:, np.newaxis], 1.5, (400, 4))
    inputs = inputs.astype(np.float32)
    found = [
        (scores_of(fit_head(inputs, right, weights), inputs).argmax(1)[right == 1] == 1).mean()
        for weights in (None, balanced_weights(right, count=2))
    ]
    assert found[0] < 0.3
    assert found[1] > 0.6


def test_the_penalty_is_strong_for_noise_and_weak_for_labels_far_apart():
    random = np.random.default_rng(0)
    noise = random.normal(size=(60, 50)).astype(np.float32)
    right = (np.arange(60) % 3).astype(np.int32)
    assert fit_head(noise, right).strength <= 1e-3
    assert fit_head(noise / 10 + 5 * np.eye(50)[right].astype(np.float32), right).strength >= 1


def test_a_label_with_one_sample_leaves_nothing_to_choose_the_penalty_with():
    inputs, right = clouds(labels=3, features=8, samples=3)
    assert fit_head(inputs, right).strength == STRENGTHS[len(STRENGTHS) // 2]


@pytest.fixture(scope="module")
def backbone(tmp_path_factory):
    """Write a network of ten thousand numbers that tells colours apart, and scores 4 labels."""
    keras.utils.set_random_seed(3)
    images = keras.Input((16, 16, 3))
    values = keras.layers.Conv2D(24, 3, strides=2, activation="relu", name="low")(images)
    values = keras.layers.BatchNormalization(name="normal")(values)
    values = keras.layers.Conv2D(24, 3, activation="relu", name="high")(values)
    values = keras.layers.GlobalAveragePooling2D()(values)
    scores = keras.layers.Dense(4, activation="softmax")(values)
    path = tmp_path_factory.mktemp("backbone") / "tiny.keras"
    keras.Model(images, scores).save(path)
    return path


def prepared(class_folders, backbone, **settings):
    given = PhotosSettings(
        data_dir=class_folders, backbone=backbone, mean=(127.5,), std=(127.5,), **settings
    )
    return load_recipe("photos").prepare(given)


def test_without_a_choice_of_epochs_few_images_teach_the_last_layer_alone(class_folders, backbone):
    training = prepared(class_folders, backbone)
    trained = training.run()
    assert [trained.history.kept, len(trained.history.epochs)] == [1, 1]
    before = training.build()
    for name in ("low", "high", "normal"):
        for one, other in zip(
            before.get_layer(name).get_weights(),
            trained.model.get_layer(name).get_weights(),
            strict=True,
        ):
            np.testing.assert_array_equal(one, other)
    # Nothing else depends on the validation part, so it teaches the last layer, too.
    parts = [training.examples(part) for part in training.parts[:2]]
    both = [np.concatenate([part[at][:] for part in parts]) for at in (0, 1)]
    network = keras.Model(trained.model.input, trained.model.layers[-1].input)
    head = fit_head(network.predict(both[0], verbose=0), both[1])
    np.testing.assert_array_equal(trained.model.layers[-1].get_weights()[0], head.kernel)


def test_in_mixed_precision_the_last_layer_is_taught_once_and_the_softmax_is_float32(
    class_folders, backbone, monkeypatch
):
    taught = []
    monkeypatch.setattr(photos, "fit_head", lambda *given: taught.append(given) or fit_head(*given))
    training = prepared(class_folders, backbone, epochs=1, learning_rate=1.0)
    trained, history = training.fit(Execution(precision="mixed_bfloat16"))
    # A rate that destroys the network: the last layer alone is kept, taught on both parts.
    assert history.kept == 1
    assert [len(labels) for _, labels, _ in taught] == [
        len(training.parts.train.labels),
        len(training.parts.train.labels) + len(training.parts.validation.labels),
    ]
    assert {layer.dtype_policy.name for layer in trained.layers} == {"float32"}


def test_fine_tuning_follows_unasked_where_the_validation_part_can_show_a_gain(
    class_folders, backbone, monkeypatch
):
    monkeypatch.setattr(photos, "MISTAKES_TO_SHOW", 0)
    monkeypatch.setattr(photos, "HYPER", replace(photos.HYPER, epochs=2))
    _, history = prepared(class_folders, backbone).fit()
    assert len(history.epochs) == 3


@pytest.mark.parametrize("better", [True, False])
def test_fine_tuning_is_kept_only_if_the_validation_part_says_so(
    class_folders, backbone, monkeypatch, better
):
    """A fine-tuning that is right as often counts only with a smaller loss."""
    begun = []

    def fit(model, **_settings):
        begun.append([array.copy() for array in model.get_weights()])
        model.get_layer("high").set_weights(
            [array + 1 for array in model.get_layer("high").get_weights()]
        )
        return History([Epoch(0.1, 1.0, 0.0 if better else 9.0, 1.0 if better else 0.0, 1.0)], 1)

    monkeypatch.setattr(classification, "fit", fit)
    training = prepared(class_folders, backbone, epochs=1)
    model, history = training.fit()
    assert (len(history.epochs), history.kept) == (2, 2 if better else 1)
    high = training.build().get_layer("high").get_weights()[0]
    np.testing.assert_array_equal(
        model.get_layer("high").get_weights()[0], high + 1 if better else high
    )
    # It began with the last layer as it was taught, not with a random one.
    assert history.epochs[0].accuracy > 0.9
    scores = training.build()
    scores.set_weights(begun[0])
    inputs, labels = training.examples(training.parts.train)
    assert (scores.predict(inputs[:], verbose=0).argmax(1) == labels).mean() > 0.9


def test_normalization_and_the_lower_half_are_frozen(class_folders, backbone):
    model = prepared(class_folders, backbone).build()
    assert [layer.name for layer in model.layers if layer.trainable and layer.weights] == [
        "high",
        "scores_of_labels",
    ]


def test_a_folder_without_images_is_named_before_anything_is_downloaded(tmp_path, monkeypatch):
    monkeypatch.setattr(photos, "published_backbone", lambda *_, **__: pytest.fail("opened"))
    with pytest.raises(DataError, match=r"Expected a folder of images, got '.*nowhere'"):
        load_recipe("photos").prepare(PhotosSettings(data_dir=tmp_path / "nowhere"))


def test_another_fold_teaches_the_last_layer_other_images(class_folders, backbone):
    study = fit_folds(prepared(class_folders, backbone), folds=2)
    first, second = [run.history for row in study.rows for run in row.runs]
    assert first.kept == second.kept == 1
    assert first.epochs[0].loss != second.epochs[0].loss


def test_photos_begin_with_random_weights_if_none_are_wanted(class_folders, small_images):
    settings = PhotosSettings(model="efficientnet_lite0", data_dir=class_folders, weights=RANDOM)
    training = load_recipe("photos").prepare(settings)
    assert training.card.name == "photos_efficientnet_lite0"
    assert training.provenance == {"model": "efficientnet_lite0"}


def test_the_published_weights_of_lite0_are_those_of_imagenet(
    class_folders, small_images, lite0_weights
):
    from satchel_train.recipes.imagenet.networks import NETWORKS

    settings = PhotosSettings(
        model="efficientnet_lite0", data_dir=class_folders, weights=lite0_weights
    )
    training = load_recipe("photos").prepare(settings)
    network = NETWORKS["efficientnet_lite0"]
    whole = network.build(network.image, lite0_weights)
    features = keras.Model(whole.input, whole.get_layer("mean").output)
    inputs, _ = training.examples(training.parts.evaluation)
    model = training.build()
    cut = keras.Model(model.input, model.layers[-1].input)
    np.testing.assert_array_equal(
        cut.predict(inputs[:], verbose=0), features.predict(inputs[:], verbose=0)
    )


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"backbone": "a.keras", "model": "resnet50"}, "one of backbone and model, got both"),
        ({"backbone": "a.keras", "weights": "b.h5"}, "one of backbone and weights, got both"),
        ({"mean": (1.0,)}, "no mean without a backbone"),
        ({"backbone": "a.keras", "std": (0.0,)}, r"one number above 0 as std, or three, got \(0"),
        ({"backbone": "a.keras", "mean": (1.0, 2.0)}, r"one number as mean, or three, got \(1"),
        ({"backbone": "a.keras", "mean": 3.0}, "Expected tuple as mean, got 3.0"),
        ({"backbone": "a.keras", "mean": ("x",)}, r"a tuple of numbers as mean, got \('x"),
        ({"backbone": "a.keras", "mean": (float("nan"),)}, r"as mean, or three, got \(nan"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(tmp_path, settings, reason):
    paths = {
        name: tmp_path / value if name in ("backbone", "weights") else value
        for name, value in settings.items()
    }
    with pytest.raises(SettingsError, match=reason):
        PhotosSettings(data_dir=tmp_path, **paths)
