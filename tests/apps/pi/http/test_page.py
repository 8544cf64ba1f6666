"""The page in a real browser: images, texts, drawings, a camera, as wide as a phone."""

import base64

import pytest

from helpers.browsers import DESK, PHONE, best
from helpers.services import ROOT, ZOO, fake_service, running, zoo_service
from satchel.bundle import open_bundle
from satchel_pi.http.access_control import Token, allowed_hosts
from satchel_pi.http.loaded_model import LoadOptions, load_bundle
from satchel_pi.http.service import Service, Settings
from satchel_pi.http.worker_pool import WorkerPool, thread_workers

SECRET = "correct-horse-battery-staple"
SEVEN = ((0.3, 0.25), (0.7, 0.25), (0.6, 0.5), (0.5, 0.8))
"""Where a pen goes, in shares of the drawing area"""


@pytest.fixture(scope="module")
def zoo():
    settings = Settings(hosts=frozenset(allowed_hosts("127.0.0.1", [])))
    service = zoo_service("mnist", "imdb_lstm", settings=settings)
    with running(service) as found:
        yield found


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


@pytest.fixture(scope="module")
def several():
    """A service with two models of each kind: digits in two sizes, and reviews."""
    paths = [ZOO / "mnist.satchel", ROOT / "tests" / "golden" / "digits.satchel"]
    paths += [ZOO / f"{name}.satchel" for name in ("imdb_lstm", "imdb_lasso", "faces")]
    loaded = [load_bundle(open_bundle(path), LoadOptions()) for path in paths]
    models = {each.name: each for each in loaded}
    with running(Service(models, {}, WorkerPool(thread_workers(2), waiting=16))) as found:
        yield found


def cells(page, place):
    return page.locator(f"{place} tr").evaluate_all(
        "rows => rows.map((row) => [...row.children].map((cell) => cell.innerText.trim()))"
    )


@pytest.mark.parametrize("viewport", [PHONE, DESK])
def test_all_models_of_a_kind_answer_one_input_side_by_side(several, open_page, viewport):
    page = open_page(several, viewport)
    place = "section[data-compare='image']"
    assert "The 2 models that take images" in page.locator(f"{place} [data-hint]").inner_text()
    page.set_input_files("#image-file", ZOO / "seven.png")
    page.locator(f"{place} [data-verdict]").wait_for(state="visible")
    answer, latency, saw = cells(page, f"{place} [data-summary]")
    assert answer[0] == "Answer"
    assert answer[1].startswith("7 99.6")
    assert latency[0] == "Latency"
    assert all(each.endswith(" ms") for each in latency[1:])
    assert saw[0] == "Saw"
    # Each at the size of its model.
    widths = page.locator(f"{place} canvas")
    for at, width in ((0, 28), (1, 8)):
        page.wait_for_function(
            "([place, at, width]) => document.querySelectorAll(`${place} canvas`)[at].width"
            " === width",
            arg=[place, at, width],
        )
    assert widths.count() == 2
    labels = cells(page, f"{place} [data-labels]")
    assert labels[0][0] == "7"
    assert len({each[0] for each in labels}) == len(labels) >= 3
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]


def test_it_is_said_whether_models_agree_and_who_says_what(several, open_page):
    page = open_page(several)
    words = page.get_by_label("What did you think of the film?")
    words.fill("A wonderful film. I loved every minute of it.")
    verdict = page.locator("section[data-compare='text'] [data-verdict]")
    verdict.wait_for(state="visible")
    assert verdict.inner_text() == "agree All 2 models say the same: positive."
    # The models of the zoo agree on this text, so that another answer is scripted.
    ran = {"model": "imdb_lasso", "version": "1.0.0", "file": "f", "engine": "e", "latency_ms": 1}
    answer = {**ran, "kind": "labels", "predictions": [{"label": "negative", "score": 0.9}]}
    page.route("**/v1/models/imdb_lasso:predict*", lambda route: route.fulfill(json=answer))
    words.fill("A wonderful film. I loved it.")
    page.locator("section[data-compare='text'] .badge", has_text="disagree").wait_for()
    assert verdict.inner_text() == "disagree positive (imdb_lstm); negative (imdb_lasso)."


def test_a_model_that_fails_leaves_the_others_their_columns(several, open_page):
    page = open_page(several)
    problem = {"detail": "Expected finite numbers."}
    page.route(
        "**/v1/models/digits_mlp:predict*", lambda route: route.fulfill(status=503, json=problem)
    )
    page.set_input_files("#image-file", ZOO / "seven.png")
    page.locator("section[data-compare='image'] [data-verdict]").wait_for(state="visible")
    answer, *_ = cells(page, "section[data-compare='image'] [data-summary]")
    assert answer[1].startswith("7 99.6")
    assert answer[2] == "Expected finite numbers."


def test_what_the_model_saw_is_shown_in_its_size_and_as_tokens(several, open_page):
    page = open_page(several)
    page.set_input_files("#image-file", ZOO / "seven.png")
    assert best(page, "image") == "7"
    seen = page.locator("[data-image] [data-pixels]")
    page.locator("[data-image] [data-form]", has_text="28 x 28 pixels").wait_for()
    page.wait_for_function("document.querySelector('[data-image] [data-pixels]').width === 28")
    assert seen.get_attribute("aria-label").startswith("The image as mnist_mlp read it: 28 x 28")
    page.get_by_label("What did you think of the film?").fill("A qwertzuiop film.")
    best(page, "text")
    summary = page.locator("[data-text] summary")
    summary.focus()
    page.keyboard.press("Enter")
    page.locator("[data-text] [data-tokens] li").first.wait_for()
    tokens = page.locator("[data-text] [data-tokens] li").all_inner_texts()
    assert tokens == ["<START>", "a", "<UNKNOWN>", "film"]
    form = page.locator("[data-text] [data-form]").inner_text()
    assert form == "4 tokens, without padding: int32 (1, 512)"


def test_a_golden_sample_is_opened_with_the_keyboard_and_compared(several, open_page):
    page = open_page(several)
    samples = page.locator("[data-samples] button")
    samples.first.wait_for()
    # The first of 44; the other golden vectors are blends.
    assert samples.count() == 24
    samples.first.focus()
    page.keyboard.press("Enter")
    verdict = page.locator("[data-golden] [data-verdict]")
    verdict.wait_for(state="visible")
    assert verdict.inner_text().startswith(
        "within its tolerance Sample 0: the answer is 7, as expected."
    )
    assert samples.first.get_attribute("aria-pressed") == "true"
    expected, here = cells(page, "[data-golden] [data-labels]")[0][1:]
    assert (expected, here) == ("100.0 %", "99.6 %")
    # The models side by side have it too.
    page.locator("section[data-compare='image'] [data-verdict]").wait_for(state="visible")


def test_golden_texts_and_seeds_are_shown_as_what_they_are(several, open_page):
    page = open_page(several)
    chooses = page.get_by_label("Model", exact=True).last
    chooses.select_option(label="imdb_lasso 1.0.0")
    text = page.locator("[data-samples] .text").first
    text.wait_for()
    text.click()
    whole = page.locator("[data-whole-text]")
    whole.wait_for(state="visible")
    assert len(whole.inner_text()) > 500
    chooses.select_option(label="faces_generator 1.0.0")
    seed = page.locator("[data-samples] button", has_text="Seed 1000")
    seed.click()
    page.locator("[data-pair]").wait_for(state="visible")
    assert not page.locator("[data-golden] [data-table]").is_visible()
    assert not whole.is_visible()


def test_blends_are_counted_and_not_shown(several, open_page):
    page = open_page(several)
    page.get_by_label("Model", exact=True).last.select_option(label="digits_mlp 1.0.0")
    page.locator("[data-more]", has_text="The first 24 of").wait_for()
    assert page.locator("[data-samples] button").count() == 24


def test_the_last_answers_are_there_and_so_is_one_of_another_client(zoo, open_page):
    page = open_page(zoo)
    page.get_by_label("What did you think of the film?").fill("A wonderful film.")
    best(page, "text")
    page.locator("[data-answers] td", has_text="imdb_lstm 1.0.0").first.wait_for()
    zoo.post(
        "/v1/models/mnist_mlp:predict",
        (ZOO / "seven.png").read_bytes(),
        **{"X-Request-Id": "of-another-client"},
    )
    page.locator("[data-answers] td", has_text="of-another-client").wait_for()
    first = page.locator("[data-answers] tbody tr").first
    assert first.locator(".label").inner_text() == "7"


def test_a_page_of_a_service_that_keeps_no_answers_shows_none(open_page):
    with running(fake_service(settings=Settings(kept_answers=0))) as started:
        page = open_page(started)
        assert page.locator("[data-answers]").count() == 0
        page.get_by_label("What did you think of the film?").fill("Good.")
        assert best(page, "text") == "positive"
