"""A real browser: Chromium without a window, and JupyterLab on loopback.

A notebook takes half a minute to open and run there. So the first lesson is opened in both languages and each other
one in one of them. What panels say in either language is tested without a browser (tests/test_*_panels.py), and every
notebook runs in both.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from local_kernels import folder as socket_folder
from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# anywidget gives a figure's code, which is 5 MB, two seconds to load, and leaves the figure blank after that: too
# little for a machine that runs two browsers and two kernels at once
PATIENCE = "const timeout = AbortSignal.timeout.bind(AbortSignal); AbortSignal.timeout = ms => timeout(60 * ms);"
WAIT = 90_000  # milliseconds for anything to appear: two notebooks run on the same two cores
ROOT = Path(__file__).parents[2]
TOKEN = "only-for-this-test"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in Path(item.fspath).parts:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium from the PATH; without one these tests are skipped loudly, and fail under CI."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        message = "no Chromium on the PATH: THE BROWSER TESTS DO NOT RUN (Debian: apt install chromium fonts-noto-cjk)"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """The folder that CI keeps: what the pages looked like."""
    folder = ROOT / ".artifacts" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@dataclass
class Watch:
    """What a page did that it should not have done."""

    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)


def _watched(browser: Browser, allowed: str) -> tuple[Page, Watch]:
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    context.add_init_script(PATIENCE)
    context.set_default_timeout(WAIT)
    watch = Watch()

    def route(route, request) -> None:
        if request.url.startswith((allowed, "data:", "blob:", "about:")):
            route.continue_()
        else:
            watch.outside.append(request.url)
            route.abort()

    context.route("**/*", route)
    page = context.new_page()
    page.on("pageerror", lambda error: watch.errors.append(str(error)))
    page.on("console", lambda message: watch.errors.append(message.text) if message.type == "error" else None)
    return page, watch


@pytest.fixture
def offline(browser: Browser) -> Iterator[Page]:
    """A page that may open files only; a console error or a request to anywhere else fails the test."""
    page, watch = _watched(browser, "file:")
    yield page
    page.context.close()
    assert not watch.outside, f"the page asked for {watch.outside}"
    assert not watch.errors, f"the page said {watch.errors}"


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: its address, its token and the folder it serves."""

    url: str
    folder: Path


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab on loopback with a port of its own, serving copies of the built notebooks."""
    base = tmp_path_factory.mktemp("lab")
    folder = base / "root"
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    settings = base / "settings" / "@jupyterlab"
    (settings / "apputils-extension").mkdir(parents=True)
    (settings / "notebook-extension").mkdir()
    (settings / "apputils-extension" / "notification.jupyterlab-settings").write_text(
        json.dumps({"doNotDisturbMode": False})  # a user's own start: whatever asks for something would be seen
    )
    # every cell stays in the page, so that a panel far down can be found
    (settings / "notebook-extension" / "tracker.jupyterlab-settings").write_text(json.dumps({"windowingMode": "none"}))
    runtime = socket_folder()
    environment = {
        **os.environ,
        "CRMBOOK_HOME": str(ROOT),
        "JUPYTERLAB_SETTINGS_DIR": str(base / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(base / "workspaces"),
        "JUPYTER_CONFIG_DIR": str(base / "config"),
        "JUPYTER_CONFIG_PATH": str(ROOT / "lib" / "crmbook" / "course" / "jupyter"),  # as `make lab` sets it
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "IPYTHONDIR": str(base / "ipython"),
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0"]
    command += [
        f"--IdentityProvider.token={TOKEN}",
        f"--ServerApp.root_dir={folder}",
        "--ServerApp.terminals_enabled=False",
    ]
    if os.name == "posix":
        command.append("--KernelManager.transport=ipc")
    log = (base / "lab.log").open("w")
    server = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield Lab(_address(runtime, server, base / "lab.log"), folder)
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        log.close()


def _address(runtime: Path, server: subprocess.Popen, log: Path) -> str:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and server.poll() is None:
        for file in runtime.glob("jpserver-*.json"):
            try:
                url = f"http://127.0.0.1:{json.loads(file.read_text())['port']}"
                urllib.request.urlopen(f"{url}/api?token={TOKEN}", timeout=5).close()
            except (ValueError, KeyError, OSError):
                continue
            return url
        time.sleep(0.3)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()}")


class Notebook:
    """A notebook open in JupyterLab."""

    def __init__(self, page: Page, lab: Lab, path: str) -> None:
        self.page = page
        page.goto(f"{lab.url}/lab/tree/{path}?token={TOKEN}&reset")
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=120_000)
        # a kernel must be there before Run All counts, else JupyterLab asks which one
        page.wait_for_selector('#jp-main-statusbar :text("| Idle")', timeout=120_000)
        page.wait_for_timeout(500)

    def run_all(self) -> None:
        """Click Run > Run All Cells and wait until every cell has run."""
        page = self.page
        page.click('.lm-MenuBar-item:has-text("Run")')
        page.click('.lm-Menu-item[data-command="runmenu:run-all"]')
        if page.locator('.jp-Dialog:has-text("Select Kernel")').count():
            page.click(".jp-Dialog .jp-mod-accept")
        page.wait_for_function(
            """() => {
                const prompts = [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(e => e.textContent);
                return prompts.length && prompts.every(p => /\\d/.test(p) && !p.includes('*'));
            }""",
            timeout=int(os.environ.get("CRMBOOK_CELL_TIMEOUT", "240")) * 1000,
        )

    def errors(self) -> list[str]:
        """The errors that stand in the notebook's outputs."""
        kinds = ("stderr", "error")
        where = ", ".join(f'[data-mime-type="application/vnd.jupyter.{kind}"]' for kind in kinds)
        return self.page.locator(where).all_inner_texts()


@pytest.fixture
def open_notebook(browser: Browser, lab: Lab) -> Iterator:
    """A function that opens a notebook of the lab; console errors and requests to anywhere else fail the test."""
    opened: list[tuple[Page, Watch]] = []

    def open_one(path: str) -> Notebook:
        page, watch = _watched(browser, lab.url)
        opened.append((page, watch))
        return Notebook(page, lab, path)

    yield open_one
    for page, watch in opened:
        page.context.close()
        assert not watch.outside, f"the notebook asked for {watch.outside}"
        assert not watch.errors, f"the notebook said {watch.errors}"
