"""The pages of the documentation site in Chromium, and what axe finds on them: nothing."""

import shutil

import pytest

from helpers.browsers import BROWSERS, DESK, PHONE, WORDS
from helpers.services import ROOT

SITE = ROOT / "build" / "site"
AXE = ROOT / "apps" / "web" / "node_modules" / "axe-core" / "axe.min.js"
PAGES = (
    *("index", "start", "tutorials/2-own-image-classifier", "guides/own-models"),
    *("explanation/how-the-test-decides", "generated/commands/convert", "generated/api/satchel"),
    *("generated/zoo/mnist", "generated/zoo/imdb_lasso", "generated/errors", "results"),
)
LOOKS = [(width, scheme) for width in (PHONE, DESK) for scheme in ("light", "dark")]


@pytest.fixture(scope="module")
def browser():
    if not (SITE / "index.html").exists() or not AXE.exists():
        pytest.skip("the site or axe-core is not here: make docs web-test")
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"none of {', '.join(BROWSERS)} is installed")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=list(WORDS))
        yield opened
        opened.close()


@pytest.mark.parametrize(("viewport", "scheme"), LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_and_has_no_fault_that_axe_finds(browser, name, viewport, scheme):
    context = browser.new_context(viewport=viewport, color_scheme=scheme)
    page = context.new_page()
    page.goto((SITE / f"{name}.html").as_uri())
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")["violations"]
    width = page.evaluate("document.documentElement.scrollWidth")
    context.close()
    assert [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found] == []
    assert width == viewport["width"]


def test_a_search_without_a_server_finds_a_page(browser):
    page = browser.new_page()
    page.goto((SITE / "search.html").as_uri() + "?q=letterbox")
    page.wait_for_selector("#search-results li a")
    assert page.locator("#search-results li a").count() > 1
    page.close()
