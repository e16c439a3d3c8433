"""A page that runs as users run it, and browsers that look at it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

CHROMIUM = shutil.which("chromium")
DRIVER = shutil.which("chromedriver")
WAIT_S = 90


@dataclass
class Served:
    """A running ``dentlm web`` and the folders that it could write to."""

    address: str
    process: subprocess.Popen[str]
    home: Path
    temporary: Path

    def stop(self) -> int:
        """End it as Ctrl-C does; gives the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(WAIT_S)


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Served]]:
    """Start pages; all end with the tests."""
    if CHROMIUM is None or DRIVER is None:
        pytest.skip("chromium and chromedriver are not installed (Debian packages chromium and chromium-driver)")
    running: list[Served] = []

    def start(*options: str) -> Served:
        folder = tmp_path_factory.mktemp("served")
        home, temporary = folder / "home", folder / "temporary"
        home.mkdir()
        temporary.mkdir()
        own = {"HOME": str(home), "TMPDIR": str(temporary), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}
        own["PATH"] = f"{_no_browser(folder)}{os.pathsep}{os.environ['PATH']}"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")} | own
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        process = subprocess.Popen(
            [sys.executable, "-c", START, "web", *options, "--device", "cpu", "--port", str(port)],
            cwd=home,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(Served(f"http://127.0.0.1:{port}", process, home, temporary))
        assert process.stdout is not None
        assert f"http://127.0.0.1:{port}" in process.stdout.readline()
        return running[-1]

    yield start
    for served in running:
        if served.process.poll() is None:
            served.stop()


START = "from napari_dentlm.cli.main import main; main()"


def _no_browser(folder: Path) -> Path:
    """A folder with what opens pages on this computer, which opens none: the tests bring a browser of their own."""
    opener = folder / "bin" / "xdg-open"
    opener.parent.mkdir()
    opener.write_text("#!/bin/sh\n")
    opener.chmod(0o755)
    return opener.parent


@pytest.fixture(scope="session")
def served(serve: Callable[..., Served]) -> Served:
    """A page that many tests look at."""
    return serve("--no-browser")


class Browser:
    """A Chromium without a screen, with a profile and a download folder of its own."""

    def __init__(self, folder: Path, served: Served) -> None:
        self.downloads = folder / "downloads"
        self._served = served
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for flag in (
            "headless",
            "no-sandbox",
            "disable-gpu",
            "disable-quic",
            "disable-dev-shm-usage",
            "no-first-run",
            "disable-background-networking",
            "disable-component-update",
            "disable-sync",
            "window-size=1280,1000",
            f"user-data-dir={folder / 'profile'}",
        ):
            options.add_argument(f"--{flag}")
        options.add_experimental_option("prefs", {"download.default_directory": str(self.downloads)})
        options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(DRIVER))
        self._open()

    def _open(self) -> None:
        # The server says where it will be before it listens: until then the browser shows a page of its own.
        def uploader(driver: webdriver.Chrome) -> WebElement:
            if not driver.current_url.startswith(self._served.address):
                driver.get(self._served.address)
            return self.uploader()

        WebDriverWait(self.driver, WAIT_S, ignored_exceptions=[Exception]).until(uploader)

    def uploader(self) -> WebElement:
        """The input of the file."""
        return self.driver.find_element(By.CSS_SELECTOR, "input[type=file]")

    def drop(self, path: Path) -> None:
        """Upload a file; does not wait for what comes of it."""
        self.uploader().send_keys(str(path))

    def wait(self, until: Callable[["Browser"], object]) -> None:
        """Wait until something is true; elements that are replaced meanwhile do no harm."""
        WebDriverWait(self.driver, WAIT_S, ignored_exceptions=[Exception]).until(lambda _: until(self))

    def text(self) -> str:
        """All that the page says, without the picture."""
        return self.driver.find_element(By.CSS_SELECTOR, "[data-testid=stMain]").text

    def says(self, sentence: str) -> None:
        """Wait until the page says something."""
        try:
            self.wait(lambda browser: sentence in browser.text())
        except Exception as error:
            raise AssertionError(f"{sentence!r} is not in {self.text()!r}") from error

    def viewer(self, label: str) -> None:
        """Wait for the picture of this name, and look into its frame."""

        def enter(browser: "Browser") -> bool:
            browser.driver.switch_to.default_content()
            browser.driver.switch_to.frame(browser.driver.find_element(By.TAG_NAME, "iframe"))
            return label in str(browser.driver.find_element(By.ID, "view").get_attribute("aria-label"))

        self.wait(enter)

    def marks(self) -> dict[str, WebElement]:
        """The points of the picture by key; only within `viewer`."""
        found = self.driver.find_elements(By.CSS_SELECTOR, "g.mark")
        return {str(mark.get_attribute("data-key")): mark for mark in found}

    def download(self, button: str) -> Path:
        """Press a button and wait for its file."""
        self.driver.switch_to.default_content()
        before = set(self.downloads.glob("*"))
        place = (By.XPATH, f"//button[contains(., '{button}')]")
        self.wait(lambda browser: browser.driver.find_element(*place).click() is None)

        def fresh() -> list[Path]:
            return [p for p in self.downloads.glob("*") if p not in before and p.suffix not in {".crdownload", ".tmp"}]

        self.wait(lambda _: fresh())
        return fresh()[0]

    def requests(self) -> list[str]:
        """Addresses that the page asked for since the last time, without the browser's own pages."""
        found = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.append(message["params"]["request"]["url"])
            elif message["method"] == "Network.webSocketCreated":
                found.append(message["params"]["url"])
        return [address for address in found if not address.startswith("chrome://")]


@pytest.fixture
def open_browser(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Browser]]:
    """Open browsers on the page; all are closed with the test."""
    opened: list[Browser] = []

    def start(on: Served = served) -> Browser:
        opened.append(Browser(tmp_path_factory.mktemp("browser"), on))
        return opened[-1]

    yield start
    for browser in opened:
        browser.driver.quit()


@pytest.fixture
def browser(open_browser: Callable[..., Browser]) -> Browser:
    """One browser on the page."""
    return open_browser()


def listening(process: subprocess.Popen[str]) -> set[tuple[str, int]]:
    """Addresses where a process and its children wait for others."""
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    found = [c for one in family for c in one.net_connections(kind="inet") if c.status == psutil.CONN_LISTEN]
    return {(c.laddr.ip, c.laddr.port) for c in found}
