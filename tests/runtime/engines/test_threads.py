"""One object, many threads: each gets the answer that it would get alone."""

import io
import os
import subprocess
import sys
import threading
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from satchel.bundle.reading import open_bundle
from satchel.engines.engine import ENGINES
from satchel.errors import InputError
from satchel.preprocessing.images import decode
from satchel.tasks.image_classification import ImageClassifier
from satchel.tasks.image_generation import ImageGenerator
from satchel.tasks.text_classification import TextClassifier

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests" / "golden"
THREADS = 12
ROUNDS = 40
"""Of each thread; a lock that is missing shows within a few"""
TURNED = 6
"""EXIF's number for a quarter turn"""


@pytest.fixture(autouse=True)
def threads_take_turns_often():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.fixture(scope="module", params=ENGINES)
def engine(request):
    pytest.importorskip(ENGINES[request.param].package)
    return request.param


def hammer(ask, contents, *, threads=THREADS, rounds=ROUNDS):
    """Return what ``ask`` says of each content, by thread: every thread starts with another one."""
    found = [[] for _ in range(threads)]
    failures = []
    start = threading.Barrier(threads)

    def work(number):
        own = list(islice(cycle(enumerate(contents)), number, number + rounds))
        start.wait()
        try:
            found[number] = [(index, ask(content)) for index, content in own]
        except BaseException as error:
            failures.append(error)
            raise

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    return [install_engines for predictions in found for install_engines in predictions]


def answer_or_refusal(ask):
    """Return ``ask`` with a refusal among its answers."""

    def asked(content):
        try:
            return ask(content)
        except InputError as error:
            return str(error)

    return asked


def assert_as_alone(ask, contents, **kind):
    alone = [ask(content) for content in contents]
    assert len({str(install_engines) for install_engines in alone}) > len(contents) // 2, (
        "answers hardly differ"
    )
    for index, install_engines in hammer(ask, contents, **kind):
        assert install_engines == alone[index]


def encoded(pixels, suffix, **options):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, suffix, **options)
    return file.getvalue()


@pytest.fixture(scope="module")
def images():
    """Images of every kind that is read in its own way, and three that cannot be read."""
    random = np.random.default_rng(7)
    turned = Image.Exif()
    turned[0x0112] = TURNED
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # Few large dots: the model sees 8 x 8, where noise would be an even grey.
    dots = [
        np.kron(random.integers(0, 256, (8, 6, 3), np.uint8), np.ones((20, 20, 1), np.uint8))
        for _ in range(16)
    ]
    return [
        GOLDEN / "seven.png",
        *dots[:4],
        *(encoded(pixels, "JPEG") for pixels in dots[4:6]),
        *(encoded(pixels, "JPEG", exif=turned) for pixels in dots[6:8]),
        encoded(dots[8], "PNG", icc_profile=profile),
        encoded(dots[9], "WEBP"),
        encoded(dots[10], "TIFF", exif=turned),
        encoded(dots[11], "GIF"),
        encoded(dots[12], "BMP"),
        Image.fromarray(dots[13]),
        Image.fromarray(dots[14]).convert("CMYK"),
        encoded(dots[15], "JPEG")[:200],
        b"no image",
        np.zeros((4, 4), np.float32),
    ]


def test_one_classifier_of_images_gives_every_thread_its_own_answer(engine, images):
    classifier = ImageClassifier(GOLDEN / "digits.satchel", engine=engine)
    assert_as_alone(answer_or_refusal(classifier.classify), images)


def test_one_classifier_of_texts_gives_every_thread_its_own_answer(engine):
    classifier = TextClassifier(GOLDEN / "reviews.satchel", engine=engine)
    review = "I did not like this film at all, but my sister loved every minute of it."
    texts = [review[start:end] for start in range(0, 40, 7) for end in range(start + 5, 70, 9)]
    texts = [*texts, "", "\ud800", "good " * 5_000, None]
    assert_as_alone(answer_or_refusal(classifier.classify), texts)


def test_many_images_at_a_time_may_be_asked_for_by_many_threads(engine, images):
    classifier = ImageClassifier(GOLDEN / "digits.satchel", engine=engine)
    batches = [images[start : start + 5] for start in range(10)]
    assert_as_alone(classifier.classify_many, batches, threads=4, rounds=10)


def test_an_engine_of_several_threads_serves_several_threads(engine, images):
    classifier = ImageClassifier(GOLDEN / "digits.satchel", engine=engine, threads=2)
    assert_as_alone(answer_or_refusal(classifier.classify), images, threads=4)


def test_one_generator_gives_every_thread_its_own_image():
    pytest.importorskip("ai_edge_litert")
    generator = ImageGenerator(ROOT / "zoo" / "faces.satchel", engine="litert")
    assert_as_alone(lambda seed: generator.generate(seed).tobytes(), range(6), threads=4, rounds=6)


def test_many_threads_may_open_one_bundle_and_close_it_again(engine, images):
    bundle = open_bundle(GOLDEN / "digits.satchel")
    assert_as_alone(
        lambda image: ImageClassifier(bundle, engine=engine).classify(image),
        images[:6],
        threads=6,
        rounds=8,
    )


def test_streams_and_calls_share_one_classifier(engine, images):
    classifier = ImageClassifier(GOLDEN / "digits.satchel", engine=engine)

    def both(image):
        [streamed] = classifier.classify_stream([image])
        assert streamed.predictions == classifier.classify(image)
        return streamed.predictions

    assert_as_alone(both, images[:6], threads=4, rounds=12)


@pytest.mark.parametrize("suffix", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_a_pil_image_that_many_threads_were_handed_is_decoded_once_and_turned_for_each(suffix):
    turned = Image.Exif()
    turned[0x0112] = TURNED
    noise = np.random.default_rng(7).integers(0, 256, (300, 500, 3), np.uint8)
    content = encoded(noise, suffix, exif=turned)
    right = decode(content)
    assert right.shape == (500, 300, 3)
    for _ in range(10):
        # Opened and not yet loaded: the first who looks at it decodes it.
        shared = Image.open(io.BytesIO(content))
        for _, found in hammer(decode, [shared], threads=8, rounds=1):
            assert np.array_equal(found, right)


FIRST_USE = """
import sys, threading
sys.setswitchinterval(1e-5)
engine, bundle, image, threads = sys.argv[1:]
start, found = threading.Barrier(int(threads)), []

def work():
    start.wait()
    import satchel
    found.append(satchel.ImageClassifier(bundle, engine=engine).classify(image)[0].label)

workers = [threading.Thread(target=work) for _ in range(int(threads))]
for worker in workers: worker.start()
for worker in workers: worker.join()
print(*found)
"""


def test_the_first_use_of_everything_may_be_in_many_threads_at_once(engine):
    words = [engine, GOLDEN / "digits.satchel", GOLDEN / "seven.png", THREADS]
    done = subprocess.run(
        [sys.executable, "-c", FIRST_USE, *map(str, words)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )
    assert done.stdout.split() == ["7"] * THREADS, done.stderr
