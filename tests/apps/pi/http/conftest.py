"""Fixtures with a real browser."""

import shutil

import pytest

from helpers.browsers import BROWSERS, DESK, WORDS


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"none of {', '.join(BROWSERS)} is installed")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=found, args=WORDS)
        yield opened
        opened.close()


def is_fault(message):
    # An answer of 4xx is written there too, and meant.
    return message.type == "error" and not message.text.startswith("Failed to load resource")


@pytest.fixture
def open_page(browser):
    """Return a function that opens the page of a service; a fault on it fails the test."""
    faults, contexts = [], []

    def open_page(service, viewport=DESK, path="/", scheme="light"):
        context = browser.new_context(viewport=viewport, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda each: faults.append(each.text) if is_fault(each) else None)
        page.goto(service.url + path)
        return page

    yield open_page
    for each in contexts:
        each.close()
    assert faults == []
