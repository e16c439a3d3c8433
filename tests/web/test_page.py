"""The page in a real browser: what is dropped on it gives points or a sentence, and nothing leaves the computer."""

import base64
import os
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest
from PIL import Image as PilImage
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

from napari_dentlm.core.annotation import State
from napari_dentlm.core.formats import landmark_csv
from sample_data import films_folder
from tests.web.conftest import Browser, Served, listening

pytestmark = pytest.mark.slow
FILM, OTHER, DICOM = (films_folder() / name for name in ("film_9001.jpg", "film_9002.jpg", "film_9008.dcm"))
POINTS = 19


def test_a_film_gets_its_points_and_they_are_taken_away(
    browser: Browser, run_dentlm: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    browser.drop(FILM)
    browser.viewer(f"{FILM.name} with {POINTS} points")
    table = landmark_csv.read(browser.download("Points as table"))
    assert run_dentlm("label", FILM, "--out", tmp_path / "label.csv", "--work", tmp_path / "work")[0] == 0
    expected = landmark_csv.read(tmp_path / "label.csv")
    assert [(row.landmark, row.x, row.y, row.state, row.flag, row.image_id, row.origin) for row in table] == [
        (row.landmark, row.x, row.y, row.state, row.flag, row.image_id, row.origin) for row in expected
    ]
    assert {row.state for row in table} == {State.PREDICTED}
    with PilImage.open(browser.download("Picture with points")) as picture:
        assert (picture.format, picture.height) == ("PNG", 1000)


def test_points_have_names_and_come_nearer(browser: Browser) -> None:
    browser.drop(FILM)
    browser.viewer(FILM.name)
    sella = browser.marks()["S"].find_element(By.CLASS_NAME, "target")
    ActionChains(browser.driver).move_to_element(sella).perform()
    tip = browser.driver.find_element(By.ID, "tip")
    assert "S: Sella" in tip.text
    assert "pituitary fossa" in tip.text
    before = [mark.rect["x"] for mark in browser.marks().values()]
    browser.driver.find_element(By.ID, "in").click()
    after = [mark.rect["x"] for mark in browser.marks().values()]
    assert max(after) - min(after) > 1.3 * (max(before) - min(before))
    browser.driver.find_element(By.ID, "all").click()
    assert [mark.rect["x"] for mark in browser.marks().values()] == pytest.approx(before, abs=1)
    browser.driver.find_element(By.ID, "names").click()
    assert not any(mark.find_element(By.CLASS_NAME, "name").is_displayed() for mark in browser.marks().values())


def test_png_and_dicom_give_points(browser: Browser, tmp_path: Path) -> None:
    png = tmp_path / "film.png"
    cv2.imwrite(str(png), cv2.imread(str(FILM), cv2.IMREAD_GRAYSCALE))
    browser.drop(png)
    browser.viewer(f"film.png with {POINTS} points")
    browser.driver.switch_to.default_content()
    browser.drop(DICOM)
    browser.viewer(f"{DICOM.name} with {POINTS} points")
    table = landmark_csv.read(browser.download("Points as table"))
    assert {row.spacing_source.value for row in table} != {"none"}


def test_what_is_no_film_gets_a_sentence(browser: Browser, tmp_path: Path) -> None:
    text = tmp_path / "letter.jpg"
    text.write_text("Dear colleague, here is the film.\n" * 40)
    browser.drop(text)
    browser.says("letter.jpg: this is something unknown, not a readable image. Use JPEG, PNG, TIFF, BMP or DICOM.")
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(FILM.read_bytes()[:100_000])
    browser.drop(cut)
    browser.says("cut.jpg: ")
    noise = tmp_path / "noise.png"
    cv2.imwrite(str(noise), np.random.default_rng(1).integers(0, 255, (700, 600), dtype=np.uint8))
    browser.drop(noise)
    browser.viewer("noise.png without points")
    browser.driver.switch_to.default_content()
    browser.says("Neither a lateral cephalogram nor a frontal face was found")


def test_a_file_of_60_mb_gets_a_sentence(browser: Browser, tmp_path: Path) -> None:
    large = tmp_path / "large.jpg"
    large.write_bytes(FILM.read_bytes() + os.urandom(60_000_000))
    browser.drop(large)
    browser.says("File must be 50.0MB or smaller.")
    browser.drop(FILM)
    browser.viewer(f"{FILM.name} with {POINTS} points")


def test_two_sessions_at_once_keep_their_own_film(open_browser: Callable[..., Browser]) -> None:
    one, two = open_browser(), open_browser()
    one.drop(FILM)
    two.drop(OTHER)
    two.viewer(f"{OTHER.name} with {POINTS} points")
    one.viewer(f"{FILM.name} with {POINTS} points")
    tables = [landmark_csv.read(browser.download("Points as table")) for browser in (one, two)]
    assert [{row.image for row in table} for table in tables] == [{FILM.name}, {OTHER.name}]
    assert tables[0][0].image_id != tables[1][0].image_id


def test_nothing_leaves_the_computer_and_nothing_stays_on_it(
    serve: Callable[..., Served], open_browser: Callable[..., Browser]
) -> None:
    served = serve()
    browser = open_browser(served)
    browser.drop(FILM)
    browser.viewer(f"{FILM.name} with {POINTS} points")
    browser.download("Points as table")
    browser.download("Picture with points")
    server = urlsplit(served.address)
    for address in browser.requests():
        parts = urlsplit(address)
        assert parts.scheme in ("data", "blob") or parts.netloc == server.netloc, address
    assert listening(served.process) == {("127.0.0.1", server.port)}
    # Only the folder of the page itself is there, and it is empty: the upload was removed when it had been read.
    assert [path.name for path in served.temporary.rglob("*") if path.is_file()] == []
    assert served.stop() == 0
    assert list(served.temporary.iterdir()) == []
    assert list(served.home.iterdir()) == []
    # Streamlit would ask whoever starts it for the first time for an e-mail address, and wait.
    assert served.process.stdout.read().strip() == "Stopping..."


def test_another_site_cannot_talk_to_the_page(served: Served, browser: Browser) -> None:
    server = urlsplit(served.address)
    key = base64.b64encode(os.urandom(16)).decode()
    with socket.create_connection((server.hostname, server.port), timeout=30) as knocking:
        knocking.sendall(
            f"GET /_stcore/stream HTTP/1.1\r\nHost: {server.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nOrigin: https://elsewhere.example\r\n\r\n".encode()
        )
        assert b" 403 " in knocking.recv(200)
