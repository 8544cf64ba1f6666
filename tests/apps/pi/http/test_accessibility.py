"""What axe finds on every page of the service, in Chromium: nothing."""

import time

import pytest

from helpers.browsers import DESK, PHONE, best
from helpers.services import ROOT, ZOO, fake_service, running, zoo_service
from satchel.errors import EngineError, TrustError
from satchel_pi.http.access_control import Token
from satchel_pi.http.service import NewVersion, Settings
from satchel_pi.versions.updating import refusal

AXE = ROOT / "apps" / "web" / "node_modules" / "axe-core" / "axe.min.js"
"""The one that the web app's tests use."""
LOOKS = [(PHONE, "dark"), (DESK, "light")]
ALL_LOOKS = [*LOOKS, (PHONE, "light"), (DESK, "dark")]


@pytest.fixture(scope="module")
def axe():
    if not AXE.exists():
        pytest.skip("axe-core is not installed: make web-test installs it")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture
def check(axe):
    """Return a function that fails for what axe finds, and for a page wider than the screen."""

    def check(page, viewport):
        page.evaluate(axe)
        found = page.evaluate("axe.run()")["violations"]
        assert [f"{each['id']}: {each['nodes'][0]['html']}" for each in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]

    return check


@pytest.fixture(scope="module")
def zoo():
    names = ("mnist", "cifar100", "imdb_lasso", "imdb_lstm", "faces")
    service = zoo_service(*names, failures={"broken": "Expected a bundle, got another file."})
    service.refused = (
        refusal("/bundles/mnist.satchel", EngineError("Expected 0.9 within 0.1, it is off.")),
        refusal("/bundles/other.satchel", TrustError("Expected a signature, got none.")),
    )
    service.testing = NewVersion("imdb_lstm", "1.1.0", time.monotonic())
    with running(service) as found:
        yield found


@pytest.mark.parametrize(("viewport", "scheme"), LOOKS)
@pytest.mark.parametrize("path", ["/", "/docs", "/healthz"])
def test_a_page_has_no_fault_that_axe_finds(zoo, open_page, check, path, viewport, scheme):
    check(open_page(zoo, viewport, path, scheme), viewport)


@pytest.mark.parametrize(("viewport", "scheme"), ALL_LOOKS)
def test_the_page_has_none_when_everything_on_it_is_shown(zoo, open_page, check, viewport, scheme):
    page = open_page(zoo, viewport, "/", scheme)
    page.get_by_label("What did you think of the film?").fill("A wonderful film.")
    page.set_input_files("#image-file", ZOO / "seven.png")
    for section in ("image", "text"):
        best(page, section)
        page.locator(f"section[data-compare='{section}'] [data-verdict]").wait_for()
    page.locator("[data-text] summary").click()
    page.locator("[data-text] [data-tokens] li").first.wait_for()
    page.locator("[data-samples] button").first.click()
    page.locator("[data-golden] [data-verdict]").wait_for(state="visible")
    page.locator("[data-answers] td").first.wait_for()
    check(page, viewport)


def test_the_page_has_none_with_errors_on_it(zoo, open_page, check, tmp_path):
    page = open_page(zoo, PHONE)
    (tmp_path / "note.png").write_text("no image")
    page.set_input_files("#image-file", tmp_path / "note.png")
    page.locator("[data-image] [data-error]").wait_for(state="visible")
    page.get_by_text("no answer", exact=True).wait_for()
    check(page, PHONE)


@pytest.mark.parametrize(("viewport", "scheme"), LOOKS)
def test_the_page_that_asks_for_the_token_has_none(open_page, check, viewport, scheme):
    with running(fake_service(settings=Settings(token=Token("s" * 16)))) as locked:
        page = open_page(locked, viewport, "/", scheme)
        check(page, viewport)
        page.get_by_label("Token").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("alert").wait_for()
        check(page, viewport)
        page.goto(locked.url + "/healthz")
        check(page, viewport)
