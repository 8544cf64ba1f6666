import hashlib
import re
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from satchel_train.data import download
from satchel_train.data.download import Source, cache_folder, fetch
from satchel_train.errors import DataError, DownloadError
from satchel_train.generative.loss_network import VGG19
from satchel_train.networks.pretrained import PRETRAINED
from satchel_train.recipes.imagenet import labels
from satchel_train.recipes.imagenet.networks import NETWORKS

CONTENT = bytes(range(256)) * 400
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Publisher(ThreadingHTTPServer):
    """Serves CONTENT at /data.bin as well or badly as a test asks for."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.resumes = True
        self.cut_after = None
        self.wrong_start = False
        self.ranges = []

    def source(self, *, name="data.bin", digest=DIGEST, algorithm="sha256"):
        return Source(name, f"http://127.0.0.1:{self.server_port}/{name}", digest, algorithm)


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        asked = self.headers.get("Range")
        self.server.ranges.append(asked)
        if self.path != "/data.bin":
            self.send_error(404)
            return
        start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1]) if asked else 0
        if not self.server.resumes:
            start = 0
        if start >= len(CONTENT):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(CONTENT) - start))
        if start:
            first = 0 if self.server.wrong_start else start
            self.send_header("Content-Range", f"bytes {first}-{len(CONTENT) - 1}/{len(CONTENT)}")
            start = first
        self.end_headers()
        self.wfile.write(CONTENT[start : self.server.cut_after])

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def publisher(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1")
    with Publisher() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def partial():
    return cache_folder() / "data.bin.partial"


def leave_partial(content):
    partial().parent.mkdir(parents=True)
    partial().write_bytes(content)


def test_a_download_lands_in_the_cache_folder_under_the_publishers_name(publisher, tmp_path):
    fetched = fetch(publisher.source(), data_dir=None)
    assert fetched.path == tmp_path / "satchel" / "data.bin"
    assert fetched.path.read_bytes() == CONTENT
    assert fetched.sha256 == DIGEST
    assert not partial().exists()


def test_the_cache_folder_is_in_the_home_folder_without_xdg(monkeypatch, tmp_path):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "satchel"


def test_a_second_fetch_asks_the_publisher_nothing(publisher):
    fetch(publisher.source(), data_dir=None)
    fetch(publisher.source(), data_dir=None)
    assert publisher.ranges == [None]


def test_a_damaged_file_in_the_cache_is_fetched_anew(publisher):
    path = fetch(publisher.source(), data_dir=None).path
    path.write_bytes(CONTENT[:-1])
    assert fetch(publisher.source(), data_dir=None).path.read_bytes() == CONTENT


def test_a_download_that_was_cut_off_is_resumed_by_the_next_one(publisher):
    publisher.cut_after = 60_000
    with pytest.raises(DownloadError, match=r"ended after 60,000 of 102,400 bytes; run it again"):
        fetch(publisher.source(), data_dir=None)
    assert partial().read_bytes() == CONTENT[:60_000]
    publisher.cut_after = None
    assert fetch(publisher.source(), data_dir=None).path.read_bytes() == CONTENT
    assert publisher.ranges == [None, "bytes=60000-"]


def test_a_server_without_ranges_sends_the_file_from_its_start(publisher):
    leave_partial(CONTENT[:1000])
    publisher.resumes = False
    assert fetch(publisher.source(), data_dir=None).path.read_bytes() == CONTENT
    assert publisher.ranges == ["bytes=1000-"]


def test_a_piece_from_another_place_than_asked_for_is_not_appended(publisher):
    leave_partial(CONTENT[:1000])
    publisher.wrong_start = True
    publisher.cut_after = 500
    with pytest.raises(DownloadError, match="the connection ended after 500 of"):
        fetch(publisher.source(), data_dir=None)
    assert partial().read_bytes() == CONTENT[:500]


def test_a_partial_file_that_is_whole_is_taken_as_it_is(publisher):
    leave_partial(CONTENT)
    assert fetch(publisher.source(), data_dir=None).path.read_bytes() == CONTENT
    assert publisher.ranges == [f"bytes={len(CONTENT)}-"]


def test_a_partial_file_longer_than_the_publishers_is_fetched_anew(publisher):
    leave_partial(CONTENT + b"more")
    assert fetch(publisher.source(), data_dir=None).path.read_bytes() == CONTENT


def test_a_wrong_checksum_stops_with_expected_and_got_and_leaves_nothing(publisher):
    source = publisher.source(digest="0" * 64)
    with pytest.raises(DownloadError, match=f"SHA-256 {'0' * 64}, got {DIGEST}") as caught:
        fetch(source, data_dir=None)
    assert "\n" not in str(caught.value)
    assert list(cache_folder().iterdir()) == []


def test_a_file_that_the_publisher_has_not_is_one_line(publisher):
    source = publisher.source(name="none.bin")
    with pytest.raises(
        DownloadError, match=r"none\.bin from http.*, got HTTP 404 Not Found; bring the file"
    ):
        fetch(source, data_dir=None)


WEIGHTS = [network.source for network in (*PRETRAINED.values(), *NETWORKS.values())]


@pytest.mark.parametrize("source", [*WEIGHTS, VGG19, labels.SOURCE], ids=lambda source: source.name)
@pytest.mark.parametrize("port", ["nobody's", "the publisher's"])
def test_without_the_publisher_weights_and_labels_point_to_the_option(publisher, source, port):
    number = publisher.server_port if port == "the publisher's" else 1
    missing = replace(source, url=f"http://127.0.0.1:{number}/missing")
    with pytest.raises(DownloadError, match="bring the file yourself with --weights FILE"):
        fetch(missing, data_dir=None)


def test_a_server_that_is_not_there_is_one_line(publisher):
    source = Source("data.bin", "http://127.0.0.1:1/data.bin", DIGEST)
    with pytest.raises(DownloadError, match=r"Connection refused; run it again.*--data-dir"):
        fetch(source, data_dir=None)


def test_a_download_without_end_is_stopped(publisher, monkeypatch):
    monkeypatch.setattr(download, "MAX_BYTES", 1000)
    with pytest.raises(DownloadError, match="more than 1,000 bytes came"):
        fetch(publisher.source(), data_dir=None)


def test_a_terminal_sees_a_bar(publisher, monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    fetch(publisher.source(), data_dir=None)
    assert "data.bin" in capsys.readouterr().err


def test_a_users_file_is_taken_whatever_its_checksum_which_is_recorded(publisher, tmp_path):
    (tmp_path / "data.bin").write_bytes(b"mine")
    fetched = fetch(publisher.source(), data_dir=tmp_path)
    assert fetched == (tmp_path / "data.bin", hashlib.sha256(b"mine").hexdigest())
    assert publisher.ranges == []


def test_a_file_that_cannot_be_read_is_one_line(publisher, tmp_path, monkeypatch):
    (tmp_path / "data.bin").write_bytes(b"mine")

    def refuse(path, algorithm):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(download, "_digest", refuse)
    with pytest.raises(DataError, match=r"Expected to read .*data\.bin.*: Permission denied\."):
        fetch(publisher.source(), data_dir=tmp_path)


def test_a_file_missing_from_the_users_folder_says_where_to_get_it(publisher, tmp_path):
    with pytest.raises(DataError, match=r"Expected data\.bin in .*: get it from http://"):
        fetch(publisher.source(), data_dir=tmp_path)


def test_a_file_that_is_published_with_an_md5_is_held_to_it(publisher):
    right = publisher.source(digest=hashlib.md5(CONTENT).hexdigest(), algorithm="md5")
    assert fetch(right, data_dir=None).sha256 == DIGEST
    assert fetch(right, data_dir=None).path.read_bytes() == CONTENT
    assert publisher.ranges == [None]
    wrong = publisher.source(digest="0" * 32, algorithm="md5")
    with pytest.raises(DownloadError, match=f"with MD5 {'0' * 32}, got "):
        fetch(wrong, data_dir=None)
