"""The page in a real browser, as wide as a phone and as a desk."""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from helpers.browsers import WORDS
from helpers.reports import make_whole_report
from satchel_convert.reporting.page import to_html

ROOT = Path(__file__).parents[3]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PHONE, DESK = 390, 1280
# A window of a browser without a head is never as narrow as a phone: a frame within it is.
FRAME = """<!DOCTYPE html><meta charset="utf-8"><body>
<iframe srcdoc="PAGE" style="border: 0; width: WIDTHpx; height: 844px"></iframe>
<script>
addEventListener("load", () => {
  const inner = frames[0], page = inner.document;
  const all = (words) => [...page.querySelectorAll(words)];
  const size = (each) => parseFloat(inner.getComputedStyle(each).fontSize);
  const broken = [...page.images].filter((each) => !each.complete || !each.naturalWidth);
  document.body.setAttribute("data-seen", JSON.stringify({
    faults: [...inner.faults, ...broken.map((each) => each.alt)],
    width: inner.innerWidth,
    page: page.documentElement.scrollWidth,
    sections: all("h2").map((each) => each.id),
    summary: page.getElementById("summary").textContent,
    rows: all("tbody tr").length,
    verdicts: all(".result").map((each) => each.getBoundingClientRect().right),
    tiles: all(".tiles li").length,
    alts: [...page.images].map((each) => each.alt),
    plots: all(".plot").map((each) => each.clientWidth),
    smallest: Math.min(...all("p, td, dd, li").map(size)),
    loaded: inner.performance.getEntriesByType("resource").map((each) => each.name)
      .filter((name) => !name.startsWith("data:")),
  }));
});
</script>"""
PROBE = """<script>
var faults = [];
addEventListener("error", (event) => faults.push(event.message || "not loaded"), true);
</script>"""


@pytest.fixture(scope="module")
def browser():
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"none of {', '.join(BROWSERS)} is installed")
    return found


@pytest.fixture
def look(browser, tmp_path):
    """Return a function from a page and a width to what a browser makes of it."""

    def look(page, width):
        probed = page.decode().replace("<head>", f"<head>{PROBE}", 1)
        assert PROBE in probed
        frame = FRAME.replace("WIDTH", str(width)).replace("PAGE", html.escape(probed))
        (tmp_path / "frame.html").write_text(frame, encoding="utf-8")
        words = (
            *("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"),
            *("--window-size=1400,900", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom"),
        )
        done = subprocess.run(
            [browser, *words, (tmp_path / "frame.html").as_uri()],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        [seen] = re.findall(r'data-seen="([^"]*)"', done.stdout)
        return json.loads(html.unescape(seen))

    return look


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("kind", ["differing_images", "differing_texts"])
def test_the_page_is_whole_and_fits(kind, width, look, request):
    found = request.getfixturevalue(kind)
    report = make_whole_report(found)
    seen = look(to_html(report), width)
    assert seen["width"] == width
    assert seen["page"] <= width
    assert (seen["faults"], seen["loaded"]) == ([], [])
    assert seen["sections"] == ["next", "models", "size", "layers", "disagreements", "facts"]
    # What a model may be used for shows without moving the table.
    assert max(seen["verdicts"]) <= width
    assert report.gallery.file in seen["summary"]
    assert (seen["rows"], seen["tiles"]) == (len(report.rows), len(report.gallery.tiles))
    shown = sum(tile.image is not None for tile in report.gallery.tiles)
    assert len(seen["alts"]) == 3 + shown
    assert all(seen["alts"])
    # Plots take what a phone has; letters are large enough to be read on it.
    assert min(seen["plots"]) >= 0.9 * PHONE - 32
    assert seen["smallest"] >= 14


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_axe_finds_nothing_on_the_page(differing_images, browser, tmp_path, width, scheme):
    sync_api = pytest.importorskip("playwright.sync_api")
    axe = ROOT / "apps" / "web" / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.exists():
        pytest.skip("axe-core is not installed: make web-test installs it")
    (tmp_path / "page.html").write_bytes(to_html(make_whole_report(differing_images)))
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser, args=list(WORDS))
        viewport = {"width": width, "height": 844}
        page = opened.new_context(viewport=viewport, color_scheme=scheme).new_page()
        page.goto((tmp_path / "page.html").as_uri())
        page.evaluate(axe.read_text(encoding="utf-8"))
        found = page.evaluate("axe.run()")["violations"]
        opened.close()
    assert [f"{each['id']}: {each['nodes'][0]['html']}" for each in found] == []


def test_a_long_word_of_a_sample_does_not_widen_the_page(look, differing_texts):
    report = make_whole_report(differing_texts)
    tile = report.gallery.tiles[0]._replace(text="w" * 200)
    wide = report._replace(gallery=report.gallery._replace(tiles=[tile]), name="n" * 200)
    assert look(to_html(wide), PHONE)["page"] <= PHONE


def test_a_fault_on_a_page_is_seen(look, differing_images):
    page = to_html(make_whole_report(differing_images))
    broken = page.replace(
        b"</body>",
        b'<img alt="broken" src="data:image/png;base64,AAAA"><p style="width: 900px">wide</p>',
    )
    seen = look(broken, PHONE)
    assert "broken" in seen["faults"]
    assert seen["page"] > PHONE
