"""Frames of a camera to labels: nothing here waits for time to pass, only for what must happen."""

import gc
import queue
import threading
import time
from itertools import count

import numpy as np
import pytest

from helpers.tiny_bundles import encode_png
from satchel.errors import EngineError, InputError
from satchel.inference.prediction import Prediction
from satchel.tasks.image_classification import ImageClassifier
from satchel.tasks.stream import FrameResult, classify_latest
from satchel.tasks.text_classification import TextClassifier

PATIENCE_S = 30
"""A test that waits for longer has failed"""


def readers():
    return [each for each in threading.enumerate() if each.name == "satchel-frames"]


@pytest.fixture(autouse=True)
def no_thread_is_left():
    assert not readers()
    yield
    assert not readers()


def label(frame):
    return [Prediction(str(frame), 1.0)]


class Camera:
    """Gives the frames that it is told to, one at a time, and waits in between."""

    def __init__(self):
        self._frames = queue.SimpleQueue()
        self._asked = threading.Semaphore(0)

    def __iter__(self):
        while True:
            self._asked.release()
            frame = self._frames.get(timeout=PATIENCE_S)
            if isinstance(frame, BaseException):
                raise frame
            if frame is None:
                return
            yield frame

    def give(self, *frames):
        """Return once every frame was taken and the camera is asked for the next."""
        for frame in frames:
            assert self._asked.acquire(timeout=PATIENCE_S)
            self._frames.put(frame)
        assert self._asked.acquire(timeout=PATIENCE_S)
        self._asked.release()

    def end(self, how=None):
        self._frames.put(how)


def test_each_frame_that_is_waited_for_is_classified():
    camera = Camera()
    stream = classify_latest(label, camera, clock=count().__next__)
    asked = iter("abc")

    def give_another():
        camera.give(next(asked))

    results = []
    for _ in range(3):
        giver = threading.Thread(target=give_another)
        giver.start()
        results.append(next(stream))
        giver.join()
    camera.end()
    assert list(stream) == []
    assert results == [
        FrameResult(number, frame, label(frame), None, dropped=0, seconds=1)
        for number, frame in enumerate("abc")
    ]


def test_of_frames_that_come_during_a_classification_only_the_newest_is_classified():
    camera = Camera()

    def slow(frame):
        if frame == "a":
            camera.give("b", "c", "d")
        return label(frame)

    stream = classify_latest(slow, camera)
    threading.Thread(target=camera.give, args=("a",)).start()
    first = next(stream)
    assert (first.number, first.frame, first.dropped) == (0, "a", 0)
    second = next(stream)
    assert (second.number, second.frame, second.dropped) == (3, "d", 2)
    camera.end()
    assert list(stream) == []


def test_a_slow_consumer_gets_the_newest_frame_and_not_those_it_has_missed():
    camera = Camera()
    stream = classify_latest(label, camera)
    threading.Thread(target=camera.give, args=("a",)).start()
    assert next(stream).frame == "a"
    # Between two results nobody classifies, and the camera goes on.
    camera.give(*range(100))
    result = next(stream)
    assert (result.number, result.frame, result.dropped) == (100, 99, 99)
    camera.end()
    assert next(stream, None) is None


def test_the_last_frame_is_classified_however_late_its_turn_comes():
    camera = Camera()
    stream = classify_latest(label, camera)
    threading.Thread(target=camera.give, args=("a",)).start()
    next(stream)
    camera.give("b", "c")
    camera.end()
    [reader] = readers()
    reader.join(PATIENCE_S)
    assert [(result.frame, result.dropped) for result in stream] == [("c", 1)]


def test_classified_and_dropped_frames_add_up_to_those_that_were_given():
    results = list(classify_latest(label, iter(range(10_000))))
    assert results[-1].number == 9_999
    assert [result.number for result in results] == sorted({result.number for result in results})
    for index, result in enumerate(results):
        assert result.number == index + result.dropped


def test_a_stream_of_no_frames_has_no_results():
    assert list(classify_latest(label, [])) == []


@pytest.mark.parametrize("error", [InputError("Expected an image."), EngineError("Expected 1.")])
def test_a_frame_that_fails_is_a_result_and_the_stream_goes_on(error):
    camera = Camera()

    def classify(frame):
        if frame == "bad":
            raise error
        return label(frame)

    stream = classify_latest(classify, camera, clock=count().__next__)
    threading.Thread(target=camera.give, args=("bad",)).start()
    assert next(stream) == FrameResult(0, "bad", [], error, dropped=0, seconds=1)
    camera.give("good")
    assert next(stream) == FrameResult(1, "good", label("good"), None, dropped=0, seconds=1)
    camera.end()
    assert list(stream) == []


class CableError(OSError):
    pass


def test_a_source_that_fails_ends_the_stream_after_what_it_gave():
    camera = Camera()
    stream = classify_latest(label, camera)
    threading.Thread(target=camera.give, args=("a",)).start()
    assert next(stream).frame == "a"
    camera.give("b")
    camera.end(CableError("unplugged"))
    [reader] = readers()
    reader.join(PATIENCE_S)
    assert next(stream).frame == "b"
    with pytest.raises(CableError, match="unplugged"):
        next(stream)
    with pytest.raises(StopIteration):
        next(stream)


def test_what_is_no_source_is_told_to_the_consumer():
    with pytest.raises(TypeError, match="not iterable"):
        next(classify_latest(label, 7))


def test_an_error_that_is_no_refusal_ends_the_stream_and_its_thread():
    def broken(frame):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        next(classify_latest(broken, count()))


def test_a_stream_that_nobody_reads_starts_no_thread():
    stream = classify_latest(label, count())
    assert not readers()
    stream.close()


def test_closing_joins_the_thread_and_closes_the_source():
    released = threading.Event()

    def frames():
        try:
            yield from count()
        finally:
            assert threading.current_thread().name == "satchel-frames"
            released.set()

    stream = classify_latest(label, frames())
    next(stream)
    stream.close()
    assert released.is_set()
    assert not readers()
    stream.close()


def test_a_source_that_is_no_generator_is_left_open():
    source = count()
    stream = classify_latest(label, source)
    next(stream)
    stream.close()
    at = next(source)
    assert next(source) == at + 1


def test_breaking_off_ends_the_thread():
    for result in classify_latest(label, count()):
        assert result.frame == result.number
        break
    gc.collect()
    assert not readers()


def test_a_result_does_not_wait_for_the_next_frame():
    camera = Camera()
    stream = classify_latest(label, camera)
    threading.Thread(target=camera.give, args=("a",)).start()
    # The camera has no second frame: were it waited for, the queue would time out.
    assert next(stream).frame == "a"
    closed = threading.Thread(target=stream.close)
    closed.start()
    # Nor is it now, but for the thread to see that it is done.
    camera.end()
    closed.join(PATIENCE_S)
    assert not closed.is_alive()


def test_a_source_that_never_comes_back_is_warned_of_and_does_not_hold_up_the_consumer():
    camera = Camera()
    stream = classify_latest(label, camera, close_s=0.01)
    threading.Thread(target=camera.give, args=("a",)).start()
    next(stream)
    with pytest.warns(RuntimeWarning, match=r"within 0\.01 s, got one that still waits"):
        stream.close()
    [reader] = readers()
    assert reader.daemon
    camera.end()
    reader.join(PATIENCE_S)


def test_what_a_source_raises_when_nobody_listens_any_more_is_reported_by_its_thread(monkeypatch):
    reported = []
    monkeypatch.setattr(threading, "excepthook", lambda given: reported.append(given.exc_value))

    def frames():
        try:
            yield from count()
        finally:
            raise CableError("unplugged")

    stream = classify_latest(label, frames())
    next(stream)
    stream.close()
    assert [str(error) for error in reported] == ["unplugged"]


def test_a_stream_collected_in_its_own_thread_does_not_wait_for_itself(monkeypatch):
    unraisable = []
    monkeypatch.setattr("sys.unraisablehook", unraisable.append)
    dropped, collected = threading.Event(), threading.Event()

    def frames():
        yield "a"
        dropped.wait(PATIENCE_S)
        gc.collect()
        collected.set()
        yield "b"

    holder = []
    stream = classify_latest(label, frames())
    holder.append((holder, stream))
    next(stream)
    gc.disable()
    try:
        del stream, holder
        dropped.set()
        assert collected.wait(PATIENCE_S)
    finally:
        gc.enable()
    for reader in readers():
        reader.join(PATIENCE_S)
    assert unraisable == []


def test_several_streams_run_side_by_side():
    streams = [classify_latest(label, count(start)) for start in (0, 1_000_000)]
    for low, high in (map(next, streams) for _ in range(20)):
        assert low.frame == low.number
        assert high.frame == high.number + 1_000_000
    assert len(readers()) == 2
    for stream in streams:
        stream.close()


def test_time_is_the_clocks():
    ticks = iter([10.0, 12.5])
    [result] = classify_latest(label, ["a"], clock=lambda: next(ticks))
    assert result.seconds == 2.5
    [result] = classify_latest(lambda frame: [], ["a"])
    assert 0 <= result.seconds <= time.perf_counter()


def test_an_image_classifier_takes_arrays_paths_and_what_is_no_image(
    image_path, install_engines, tmp_path
):
    install_engines(litert=np.float32([[0.25, 0.625, 0.125]]))
    classifier = ImageClassifier(image_path)
    path = tmp_path / "frame.png"
    path.write_bytes(encode_png(np.zeros((4, 6, 3), np.uint8)))
    for frame in (np.zeros((4, 6, 3), np.uint8), path, path.read_bytes()):
        [result] = classifier.classify_stream([frame], top=1)
        assert result.frame is frame
        assert result.predictions == [Prediction("dog", 0.625)]
    [result] = classifier.classify_stream([b"no image"])
    assert isinstance(result.error, InputError)
    assert result.predictions == []


def test_a_text_classifier_takes_a_transcript(text_path, install_engines):
    install_engines(litert=np.float32([[0.75]]))
    [result] = TextClassifier(text_path).classify_stream(iter(["good"]))
    assert result.predictions[0].label == "positive"


def test_a_top_below_one_ends_a_stream(image_path, install_engines):
    install_engines(litert=np.float32([[0.25, 0.625, 0.125]]))
    stream = ImageClassifier(image_path).classify_stream([np.zeros((4, 6, 3), np.uint8)], top=0)
    with pytest.raises(ValueError, match="at least 1"):
        next(stream)
