"""Pages of the service in Chromium: which one is found, how wide it is, what a test reads of it."""

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WORDS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
    # A camera that shows a pacman, and no question whether it may be used.
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
)  # fmt: skip
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


def best(page, section):
    """Return the best label of a section, once it is there."""
    found = page.locator(f"section[data-{section}] [data-best]")
    found.wait_for(state="visible")
    return found.inner_text()
