import os
import shutil

import pytest


@pytest.fixture(scope="session")
def browser():
    """Chromium without a window; required where CI is set, as nobody looks at what is skipped there."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        program, missing = None, "playwright is not installed"
    else:
        missing = "Chromium is not installed (Debian: apt-get install chromium)"
    if program is None:
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield chromium
        chromium.close()
