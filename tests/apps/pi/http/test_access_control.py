"""Who may ask: the Host header, the token and the cookie that stands for it."""

import socket

import pytest

from helpers.services import fake_service, png, running
from satchel_pi.http.access_control import Token, allowed_hosts, host_name, is_loopback
from satchel_pi.http.service import Settings

SECRET = "correct-horse-battery-staple"


@pytest.fixture(scope="module")
def locked():
    """A service with a token."""
    with running(fake_service(settings=Settings(token=Token(SECRET)))) as found:
        yield found


@pytest.mark.parametrize(
    "path",
    ["/v1/models", "/metrics", "/openapi.json", "/docs", "/v1/models/fake:predict", "/nothing"],
)
def test_without_the_token_nothing_is_answered(locked, path):
    for words in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic " + SECRET}):
        found = locked.get(path, **words)
        assert found.status == 401
        assert found.headers["www-authenticate"] == "Bearer"
        assert found.error.startswith("Expected the token as 'Authorization: Bearer TOKEN', got ")


def test_an_image_without_the_token_is_not_read(locked):
    assert locked.post("/v1/models/fake:predict", png()).status == 401
    assert locked.service.models["fake"].runner.contents == []


@pytest.mark.parametrize("words", [f"Bearer {SECRET}", f"bearer   {SECRET} "])
def test_with_the_token_all_is_answered(locked, words):
    assert locked.get("/v1/models", Authorization=words).status == 200


@pytest.mark.parametrize("words", ["Bearer", "Bearer ", "Bearer \xff\xfe", "Bearer " + SECRET[:-1]])
def test_half_a_token_or_an_odd_one_is_none(locked, words):
    assert locked.get("/v1/models", Authorization=words).status == 401


def test_health_and_the_look_of_the_page_need_no_token(locked):
    found = locked.get("/healthz")
    told = {"status": "ok", "models": {}, "refused": [], "testing": []}
    assert (found.status, found.json) == (200, told)
    page = locked.get("/healthz", Accept="text/html").content.decode()
    assert "All models work." in page
    assert "fake" not in page
    told = locked.get("/healthz", Authorization=f"Bearer {SECRET}")
    assert list(told.json["models"]) == ["fake", "words"]
    assert locked.get("/static/style.css").status == 200


def test_a_person_is_asked_for_the_token_and_gets_a_cookie(locked):
    home = locked.get("/")
    assert (home.status, home.headers["location"]) == (303, "/login")
    assert 'name="token"' in locked.get("/login").content.decode()
    form = "application/x-www-form-urlencoded"
    wrong = locked.post("/login", b"token=wrong", form)
    assert (wrong.status, "set-cookie" in wrong.headers) == (401, False)
    assert "Expected the token, got another." in wrong.content.decode()
    right = locked.post("/login", f"token={SECRET}".encode(), form)
    assert (right.status, right.headers["location"]) == (303, "/")
    cookie, _, attributes = right.headers["set-cookie"].partition(";")
    assert SECRET not in cookie
    assert {each.strip().lower() for each in attributes.split(";")} >= {
        "httponly",
        "samesite=strict",
    }
    assert locked.get("/", Cookie=cookie).status == 200
    assert locked.get("/v1/models", Cookie=cookie).status == 200
    assert locked.get("/v1/models", Cookie=cookie + "0").status == 401
    assert locked.get("/v1/models", Cookie="satchel=").status == 401
    assert locked.get("/v1/models", Cookie='x="\xff; satchel').status == 401


def test_a_cookie_of_another_run_is_none():
    assert Token(SECRET).cookie != Token(SECRET).cookie


def test_a_huge_login_is_refused(locked):
    assert locked.post("/login", bytes(5000), "application/x-www-form-urlencoded").status == 413


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "xn--e1a", "[::2]:80"])
def test_another_host_header_is_refused(service, host):
    found = service.get("/", Host=host)
    assert found.status == 400
    assert found.error.startswith("Expected a Host header of 127.0.0.1, localhost, got '")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8080", "127.0.0.1:1"])
def test_this_machines_names_are_answered(service, host):
    assert service.get("/healthz", Host=host).status == 200


def test_names_of_a_host_header():
    assert host_name("[::1]:8080") == host_name("[::1]") == "::1"
    assert host_name("[::1") == "::1"
    assert host_name("") == ""


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_only_this_machine_reaches_a_loopback_address(host):
    assert is_loopback(host)
    found = allowed_hosts(host, ["Pi.local"])
    assert found >= {"localhost", "127.0.0.1", "::1", "pi.local"}
    assert "" not in found


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.168.1.7", "", "no.such.name.invalid", "a" * 300]
)
def test_others_reach_every_other_address(host):
    assert not is_loopback(host)
    assert allowed_hosts(host, []) == set()


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
        ({"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}, 200),
        ({"Origin": "https://example.com"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_a_page_of_another_site_is_not_answered(words, status):
    with running(fake_service()) as started:
        assert started.post("/v1/models/fake:predict", png(), **words).status == status
        own = f"http://127.0.0.1:{started.port}"
        assert started.post("/v1/models/fake:predict", png(), Origin=own).status == 200


def test_a_link_of_another_site_opens_the_page():
    words = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    with running(fake_service()) as started:
        assert started.get("/", **words).status == 200
        assert started.get("/v1/models", **words).status == 403


def test_a_second_host_header_is_refused():
    with (
        running(fake_service()) as started,
        socket.create_connection(("127.0.0.1", started.port), timeout=10) as client,
    ):
        client.sendall(b"GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: localhost\r\n\r\n")
        answer = client.recv(65536)
    assert answer.startswith(b"HTTP/1.1 400")
