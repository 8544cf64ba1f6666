"""Whoever answers the samples, the figures are the same to the last digit."""

import json
import multiprocessing
import os
import signal
from dataclasses import replace

import numpy as np
import pytest

from helpers.commands import run_satchel
from satchel.bundle.reading import Bundle, open_bundle
from satchel.errors import EngineError, InputError
from satchel_convert.conversion.pack import draft_bundle
from satchel_convert.errors import ConversionError
from satchel_convert.sample_inputs import SampleInputs
from satchel_convert.settings import MAX_WORKERS
from satchel_convert.verification import predictions
from satchel_convert.verification.limits import ImageLimits, LabelLimits
from satchel_convert.verification.predictions import ModelSet, one_process, shard_slices
from satchel_convert.verification.verify import verify
from satchel_convert.verification.workers import processes

ONE_ONNX = ("--formats", "onnx", "--schemes", "float32")


@pytest.fixture(scope="module")
def draft(images, conversions):
    return draft_bundle(images.folder, conversions)


@pytest.fixture
def small_shards(monkeypatch):
    """Five samples each, the last has fewer."""
    monkeypatch.setattr(predictions, "SHARD_SAMPLES", 5)


def figures(verification):
    """Return what must not depend on who answers."""
    findings = [replace(each, latency_ms=0.0) for each in verification.findings]
    return replace(verification, findings=findings, examples=())


def check(draft, tiny, executor, limits=LabelLimits()):  # noqa: B008 - frozen
    return verify(
        draft,
        tiny.folder.inputs,
        reference=tiny.expected,
        truth=tiny.folder.truth,
        limits=limits,
        executor=executor,
    )


@pytest.mark.parametrize("count", [1, 2, 3])
def test_any_number_of_processes_finds_the_same(count, draft, images, small_shards):
    alone = check(draft, images, one_process)
    assert figures(check(draft, images, processes(count))) == figures(alone)
    assert all(each.latency_ms > 0 for each in alone.findings)


def test_the_size_of_a_shard_makes_no_difference(draft, images, monkeypatch):
    whole = figures(check(draft, images, one_process))
    monkeypatch.setattr(predictions, "SHARD_SAMPLES", 7)
    assert figures(check(draft, images, one_process)) == whole


def test_models_of_images_too_are_spread(styles, tmp_path, small_shards):
    out = tmp_path / "styles.satchel"
    assert run_satchel("convert", styles.path, "--out", out, *ONE_ONNX) == 0
    bundle = open_bundle(out)
    alone = check(bundle, styles, one_process, ImageLimits())
    executor = check(bundle, styles, processes(2), ImageLimits())
    assert figures(executor) == figures(alone)
    for each, expected in zip(executor.examples, alone.examples, strict=True):
        assert np.array_equal(each.images, expected.images)


def test_a_shard_is_small_in_samples_and_in_bytes(images):
    inputs, card = images.folder.inputs, images.folder.card

    def sized(height, width):
        return card._replace(input=card.input._replace(height=height, width=width))

    assert shard_slices([inputs]) == [slice(0, 24)]
    many = SampleInputs([0] * 600, card)
    assert shard_slices([many]) == [slice(0, 256), slice(256, 512), slice(512, 600)]
    large = SampleInputs([0] * 5, sized(1024, 2048))
    # Of 16 MiB, images of 6.
    assert shard_slices([many, large])[0] == slice(0, 2)
    huge = SampleInputs([0] * 2, sized(8192, 8192))
    assert shard_slices([huge]) == [slice(0, 1), slice(1, 2)]


def test_a_damaged_image_is_named_by_the_worker_that_reads_it(
    draft, images, image_copy, small_shards
):
    names = [sample.value.relative_to(images.path) for sample in images.folder.evaluation]
    (image_copy / names[20]).write_bytes(b"no image")
    inputs = SampleInputs([image_copy / name for name in names], images.folder.card)
    shards = ([inputs.part(positions)] for positions in shard_slices([inputs]))
    with pytest.raises(InputError, match=r"Expected an image .*020\.png"):
        list(processes(2)([ModelSet(draft, ["full_int8.onnx"])], shards))
    assert multiprocessing.active_children() == []


def test_a_model_that_no_engine_takes_is_the_reason(draft, images):
    broken = Bundle(draft.card, {**draft.files, "float32.onnx": b"no model"})
    executor = processes(1)([ModelSet(broken, ["float32.onnx"])], [[images.folder.inputs]])
    with pytest.raises(EngineError, match="Expected an ONNX model"):
        list(executor)


class Killer(SampleInputs):
    """Samples that end the process that prepares them."""

    def __getitem__(self, positions):
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_worker_that_crashes_is_one_line(draft, images):
    shard = [Killer([0], images.folder.card)]
    with pytest.raises(ConversionError, match=r"^Expected every worker .* one crashed: --workers"):
        list(processes(2)([ModelSet(draft, ["float32.onnx"])], [shard]))
    assert multiprocessing.active_children() == []


def test_the_rest_is_left_undone_where_nobody_waits_for_it(draft, images, small_shards):
    inputs = images.folder.inputs
    taken = []

    def shards():
        for positions in shard_slices([inputs]) * 20:
            taken.append(positions)
            yield [inputs.part(positions)]

    found = processes(1)([ModelSet(draft, ["float32.onnx"])], shards())
    next(found)
    found.close()
    # A hundred there are, and two are under way at a time.
    assert len(taken) <= 3
    assert multiprocessing.active_children() == []


def test_the_commands_find_the_same_with_workers(images, tmp_path, small_shards, capsys):
    printed = []
    for words in ((), ("--workers", "2")):
        out = tmp_path / f"bands{len(words)}.satchel"
        assert run_satchel("convert", images.path, "--out", out, *ONE_ONNX, *words) == 0
        capsys.readouterr()
        page = ("--report", tmp_path / "page.html", "--json")
        assert run_satchel("verify", out, "--samples", images.path, *page, *words) == 0
        (row,) = json.loads(capsys.readouterr().out)["rows"]
        assert row.pop("latency_ms") > 0
        printed.append(row)
    assert printed[0]["verified"].keys() == printed[1]["verified"].keys()
    for name, value in printed[0]["verified"].items():
        # The float model runs anew, and may add float32 in another order.
        assert printed[1]["verified"][name] == pytest.approx(value, abs=1e-6), name
    both = [tmp_path / "bands0.satchel", tmp_path / "bands2.satchel"]
    assert run_satchel("compare", *both, "--samples", images.path, "--workers", "2") == 0


@pytest.mark.parametrize("number", ["0", "-1", "two", "1.5", str(MAX_WORKERS + 1)])
def test_a_number_of_workers_that_cannot_be_is_one_line(tmp_path, capsys, number):
    out = tmp_path / "x.satchel"
    assert run_satchel("convert", tmp_path, "--out", out, "--workers", number) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"argument --workers: expected 1 to {MAX_WORKERS}, got {number!r}" in line
