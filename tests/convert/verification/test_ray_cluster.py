"""A cluster of two nodes on loopback, one core each, that ends with the tests."""

import json
import re
import socket
import sys
import time
from dataclasses import replace

import pytest

from helpers.commands import run_satchel
from satchel.bundle.reading import open_bundle
from satchel.errors import InputError
from satchel_convert.errors import ConversionError
from satchel_convert.sample_inputs import SampleInputs
from satchel_convert.verification import predictions, ray_cluster
from satchel_convert.verification.limits import LabelLimits
from satchel_convert.verification.predictions import ModelSet, one_process, shard_slices
from satchel_convert.verification.ray_cluster import ray_tasks
from satchel_convert.verification.verify import verify

ONE_ONNX = ("--formats", "onnx", "--schemes", "float32")


@pytest.fixture(scope="module", autouse=True)
def _loopback():
    """Let Ray stay on 127.0.0.1, as it does by itself outside of Linux, and report nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_DEDUP_LOGS", "0")
        yield


@pytest.fixture(scope="module")
def address(_loopback):
    from ray.cluster_utils import Cluster

    cluster = Cluster()
    try:
        for _ in range(2):
            cluster.add_node(
                num_cpus=1,
                include_dashboard=False,
                node_ip_address="127.0.0.1",
                object_store_memory=80_000_000,
            )
        yield cluster.address
    finally:
        cluster.shutdown()


@pytest.fixture(scope="module")
def bundle(images, tmp_path_factory):
    """The path of a bundle of one model."""
    out = tmp_path_factory.mktemp("ray") / "bands.satchel"
    assert run_satchel("convert", images.path, "--out", out, *ONE_ONNX) == 0
    return out


@pytest.fixture
def small_shards(monkeypatch):
    monkeypatch.setattr(predictions, "SHARD_SAMPLES", 3)


def figures(bundle, tiny, executor):
    found = verify(
        bundle,
        tiny.folder.inputs,
        reference=tiny.expected,
        truth=tiny.folder.truth,
        limits=LabelLimits(),
        executor=executor,
    )
    return replace(found, findings=[replace(each, latency_ms=0.0) for each in found.findings])


def test_a_cluster_finds_the_same_to_the_last_digit(address, bundle, images, small_shards):
    opened = open_bundle(bundle)
    executor = ray_tasks(address)
    alone = figures(opened, images, one_process)
    assert figures(opened, images, executor) == alone


def test_the_cluster_has_two_nodes_that_both_work(address):
    import ray

    where = ray.remote(lambda: (time.sleep(1), ray.get_runtime_context().get_node_id())[1])
    ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    try:
        assert ray.cluster_resources()["CPU"] == 2
        assert len(set(ray.get([where.remote() for _ in range(4)]))) == 2
    finally:
        ray.shutdown()


def test_a_damaged_image_is_named_though_its_name_did_not_travel(
    address, bundle, images, image_copy, small_shards
):
    names = [sample.value.relative_to(images.path) for sample in images.folder.evaluation]
    (image_copy / names[20]).write_bytes(b"no image")
    inputs = SampleInputs([image_copy / name for name in names], images.folder.card)
    shards = ([inputs.part(positions)] for positions in shard_slices([inputs]))
    model_sets = [ModelSet(open_bundle(bundle), ["float32.onnx"])]
    with pytest.raises(InputError, match=r"Expected an image .*020\.png"):
        list(ray_tasks(address)(model_sets, shards))


class Foreign(SampleInputs):
    """Samples that the machines of a cluster know nothing of."""

    def carried(self):
        return Unknown()


class Unknown:
    """What fails where it is unpacked."""

    def __reduce__(self):
        return __import__, ("a_module_that_is_nowhere",)


def test_a_machine_that_cannot_do_its_work_is_the_reason(address, bundle, images):
    model_sets = [ModelSet(open_bundle(bundle), ["float32.onnx"])]
    shard = [Foreign([0], images.folder.card)]
    expected = "^Expected every machine of the Ray cluster .*a_module_that_is_nowhere"
    with pytest.raises(ConversionError, match=expected) as raised:
        list(ray_tasks(address)(model_sets, [shard]))
    assert "\n" not in str(raised.value)


def test_the_commands_find_the_same_on_a_cluster(
    address, bundle, images, small_shards, tmp_path, capsys
):
    words = ("--samples", images.path, "--report", tmp_path / "page.html", "--json")
    printed = []
    for more in ((), ("--ray", address)):
        assert run_satchel("verify", bundle, *words, *more) == 0
        (row,) = json.loads(capsys.readouterr().out)["rows"]
        printed.append(row["verified"])
    for name, value in printed[0].items():
        # The float model runs anew, and may add float32 in another order.
        assert printed[1][name] == pytest.approx(value, abs=1e-6), name


def test_an_address_that_nobody_answers_at_is_one_line(images, tmp_path, capsys):
    with socket.socket() as taken:
        # Bound, and not listening.
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        started = time.monotonic()
        out = tmp_path / "x.satchel"
        words = ("--out", out, "--ray", f"127.0.0.1:{port}")
        assert run_satchel("convert", images.path, *words) == 2
    assert time.monotonic() - started < 30
    (line,) = capsys.readouterr().err.splitlines()
    assert line == (
        f"satchel convert: Expected a Ray cluster at 127.0.0.1:{port} that this machine is part of,"
        " got: Connection refused"
    )
    assert not out.exists()


def test_something_else_at_the_address_is_not_waited_for_for_ever(monkeypatch):
    monkeypatch.setattr(ray_cluster, "CONNECT_S", 3.0)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ConversionError, match=r"part of, got: nothing within 3 s$"):
            ray_tasks(f"127.0.0.1:{port}")


def test_without_ray_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ConversionError, match=re.escape("pip install ray.")):
        ray_tasks("127.0.0.1:6379")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--ray", "6379"), "argument --ray: expected HOST:PORT, got '6379'"),
        (("--ray", "ray://head:10001"), "argument --ray: expected HOST:PORT, got"),
        (("--ray", "head:6379", "--workers", "2"), "not allowed with argument"),
    ],
)
def test_an_address_that_cannot_be_is_one_line(words, reason, tmp_path, capsys):
    assert run_satchel("verify", tmp_path / "x.satchel", "--samples", tmp_path, *words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert reason in line
