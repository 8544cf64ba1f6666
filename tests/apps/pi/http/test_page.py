"""The page in a real browser: images, texts, drawings, a camera, as wide as a phone."""

import base64
import shutil

import pytest

from helpers.services import ZOO, fake_service, running, zoo_service
from satchel_pi.http.access_control import Token, allowed_hosts
from satchel_pi.http.service import Settings

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WORDS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
    # A camera that shows a pacman, and no question whether it may be used.
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
)  # fmt: skip
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
SECRET = "correct-horse-battery-staple"
SEVEN = ((0.3, 0.25), (0.7, 0.25), (0.6, 0.5), (0.5, 0.8))
"""Where a pen goes, in shares of the drawing area"""


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


@pytest.fixture(scope="module")
def zoo():
    settings = Settings(hosts=frozenset(allowed_hosts("127.0.0.1", [])))
    service = zoo_service("mnist", "imdb_lstm", settings=settings)
    with running(service) as found:
        yield found


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


def best(page, section):
    """Return the best label of a section, once it is there."""
    found = page.locator(f"section[data-{section}] [data-best]")
    found.wait_for(state="visible")
    return found.inner_text()


DROP = """
(content) => {
  const data = new DataTransfer();
  const bytes = Uint8Array.from(atob(content), (each) => each.charCodeAt(0));
  data.items.add(new File([bytes], "seven.png", { type: "image/png" }));
  const target = document.querySelector("[data-drop]");
  for (const name of ["dragenter", "dragover", "drop"])
    target.dispatchEvent(new DragEvent(name, { dataTransfer: data, cancelable: true }));
}
"""


def test_an_image_that_is_dropped_gets_its_label(zoo, open_page):
    page = open_page(zoo)
    content = base64.b64encode((ZOO / "seven.png").read_bytes()).decode()
    page.evaluate(DROP, content)
    assert best(page, "image") == "7"
    said = page.locator("[data-image] [data-said]")
    assert said.get_attribute("aria-live") == "polite"
    assert said.inner_text() == "7, 99.6 %"
    assert "mnist_mlp 1.0.0, full_int8" in page.locator("[data-image] [data-ran]").inner_text()
    assert page.locator("[data-image] [data-bars] li").count() == 5
    assert page.locator("[data-preview]").is_visible()


def test_a_file_that_is_chosen_gets_its_label_and_one_that_is_no_image_its_line(
    zoo, open_page, tmp_path
):
    page = open_page(zoo, PHONE)
    page.set_input_files("#image-file", ZOO / "seven.png")
    assert best(page, "image") == "7"
    (tmp_path / "note.png").write_text("no image")
    page.set_input_files("#image-file", tmp_path / "note.png")
    error = page.locator("[data-image] [data-error]")
    error.wait_for(state="visible")
    assert error.inner_text().startswith("Expected an image (BMP, GIF")
    assert not page.locator("[data-preview]").is_visible()


def test_a_review_is_read_while_it_is_written(zoo, open_page):
    page = open_page(zoo)
    words = page.get_by_label("What did you think of the film?")
    words.press_sequentially("A dull film, and an awful waste of time.")
    page.locator("[data-text] [data-best]", has_text="negative").wait_for()
    words.fill("A wonderful film. I loved every minute of it.")
    page.locator("[data-text] [data-best]", has_text="positive").wait_for()
    words.fill("")
    page.locator("[data-text] [data-hint]").wait_for(state="visible")


def test_a_seven_that_is_drawn_is_a_seven(zoo, open_page):
    page = open_page(zoo)
    pad = page.locator("[data-pad]")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in SEVEN]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=5)
    page.mouse.up()
    assert best(page, "draw") == "7"
    page.get_by_role("button", name="Clear").click()
    page.locator("[data-draw] [data-hint]").wait_for(state="visible")


def test_a_one_is_drawn_with_the_keyboard_alone(zoo, open_page):
    page = open_page(zoo)
    page.locator("[data-pad]").focus()
    page.keyboard.press("Space")
    for _ in range(18):
        page.keyboard.press("ArrowDown")
    assert best(page, "draw") == "1"


def test_every_control_is_reached_with_the_tab_key_and_has_a_name(zoo, open_page):
    page = open_page(zoo)
    names = []
    for _ in range(12):
        page.keyboard.press("Tab")
        names.append(
            page.evaluate(
                "(e => e.getAttribute('aria-label') || e.labels?.[0]?.innerText || e.innerText)"
                "(document.activeElement)"
            )
        )
    for name in ("Choose an image", "Use the camera", "Clear", "What did you think of the film?"):
        assert name in names
    assert all(names[:10])


def test_the_camera_of_the_browser_takes_an_image(zoo, open_page):
    page = open_page(zoo)
    page.get_by_role("button", name="Use the camera").click()
    take = page.get_by_role("button", name="Take the image")
    take.wait_for(state="visible")
    take.click()
    assert best(page, "image") in "0123456789"
    assert not page.locator("[data-video]").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/docs"])
def test_a_phone_has_the_whole_width_and_letters_that_contrast(zoo, open_page, path, scheme):
    page = open_page(zoo, PHONE, path, scheme)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert page.evaluate(CONTRAST) >= 4.5


# The least contrast of a text with what is behind it, by WCAG 2.
CONTRAST = """
() => {
  const rgb = (words) => words.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b]
    .map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (each) => {
    for (let at = each; at; at = at.parentElement) {
      const found = rgb(getComputedStyle(at).backgroundColor);
      if (found.length === 3 || found[3] === 1) return found;
    }
    return [255, 255, 255];
  };
  const shown = [...document.querySelectorAll("body *")].filter((each) =>
    [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim())
    && each.getClientRects().length && !["SCRIPT", "OPTION", "NOSCRIPT"].includes(each.tagName));
  return Math.min(...shown.map((each) => {
    const [a, b] = [light(rgb(getComputedStyle(each).color)), light(behind(each))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  }));
}
"""


def test_a_person_signs_in_with_the_token(open_page):
    with running(fake_service(settings=Settings(token=Token(SECRET)))) as locked:
        page = open_page(locked)
        page.get_by_label("Token").fill(SECRET)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_label("What did you think of the film?").fill("Good.")
        assert best(page, "text") == "positive"
