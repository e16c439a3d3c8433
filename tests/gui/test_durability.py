"""Nothing confirmed is lost, and the reader is told: two windows, a read-only folder, a full disk."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_dentlm.core.calibration import Calibration, SpacingSource
from napari_dentlm.core.folder import PatientFolder
from napari_dentlm.gui.viewing import READ_ONLY
from tests.gui import mouse
from tests.gui.conftest import Desk, prediction_of

Key, Mod = Qt.Key, Qt.KeyboardModifier
FILM = "film_7101.jpg"
HOLD = """
import sys
from pathlib import Path
from napari_dentlm.core.folder import PatientFolder
print(PatientFolder.open(Path(sys.argv[1])).problem or "held", flush=True)
sys.stdin.read()
"""

ACTS: dict[str, Callable[[Desk], object]] = {
    "confirm": lambda desk: desk.press(Key.Key_Space),
    "not visible": lambda desk: desk.press(Key.Key_N),
    "outside": lambda desk: desk.press(Key.Key_O),
    "nudge": lambda desk: desk.press(Key.Key_Right),
    "reset": lambda desk: desk.press(Key.Key_R),
    "undo": lambda desk: desk.press(Key.Key_U),
    "redo": lambda desk: desk.press(Key.Key_Z, Mod.ControlModifier, Mod.ShiftModifier),
    "drag": lambda desk: desk.drag("Go", (90, -60)),
    "place": lambda desk: (desk.press(Key.Key_A), mouse.click(desk.viewer, desk.place_of("Go") + 30)),
    "confirm at once": lambda desk: (desk.session.note_seen({"S", "N"}), desk.session.confirm_seen()),
    "calibrate": lambda desk: desk.session.calibrate(Calibration(0.2, 0.2, SpacingSource.USER)),
    "exclude": lambda desk: desk.session.exclude("another patient"),
}


def mount(target: Path, options: str) -> bool:
    """Mount a file system in memory, which takes the rights of an administrator; whether it worked."""
    target.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(target)]
    return sys.platform == "linux" and subprocess.run(command, capture_output=True, check=False).returncode == 0


def label(folder: Path) -> Path:
    """Give the first film the model's points; its journal comes back."""
    found = prediction_of(folder / FILM)
    with PatientFolder.open(folder) as patient, patient.journal(found.path, found.image_ids) as journal:
        journal.predict(found.frames[0].landmarks, model=found.origin, options=found.options)
        return journal.path


def open_film(desk: Desk, folder: Path) -> None:
    desk.session.open([folder])
    desk.session.show_path(folder / FILM)
    mouse.settle(desk.viewer)
    desk.viewer.reset_view()


def assert_nothing_can_be_changed(desk: Desk, sidecar: Path) -> None:
    """Every act is refused with a sentence, and nothing on the screen or the disk differs afterwards."""
    on_disk, annotation, calibration = sidecar.read_bytes(), desk.session.annotation, desk.session.calibration
    for name, act in ACTS.items():
        desk.panel.words.setText("")
        act(desk)
        QTest.qWait(20)
        assert desk.panel.words.text().startswith(READ_ONLY), name
        assert desk.session.annotation == annotation, name
        assert desk.session.calibration == calibration, name
        assert sidecar.read_bytes() == on_disk, name
        desk.assert_shows_truth()
        desk.press(Key.Key_Escape)


@pytest.fixture
def first_window(films: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the folder of films open; the first film has points."""
    label(films)
    command = [sys.executable, "-c", HOLD, str(films)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_the_second_window_is_told_and_changes_nothing(empty_desk, films, first_window):
    open_film(empty_desk, films)
    problem = empty_desk.panel.problem
    assert problem.isVisible()
    assert "Read only" in problem.text()
    assert f"process {first_window.pid}" in problem.text()
    assert "until that closes" in problem.text()
    assert_nothing_can_be_changed(empty_desk, films / f"{FILM}.dentlm.jsonl")


def test_the_second_window_can_write_once_the_first_was_killed(empty_desk, films, first_window):
    open_film(empty_desk, films)
    first_window.kill()
    first_window.wait()
    open_film(empty_desk, films)
    assert not empty_desk.panel.problem.isVisible()
    empty_desk.session.select("S")
    empty_desk.press(Key.Key_Space)
    assert empty_desk.landmark("S").state == "confirmed"


@pytest.fixture
def read_only_films(films: Path, tmp_path: Path) -> Iterator[Path]:
    """A folder of films that nobody can write to, not even an administrator."""
    label(films)
    if os.geteuid() != 0:
        films.chmod(0o555)
        yield films
        films.chmod(0o755)
        return
    target = tmp_path / "read only"
    if not mount(target, "size=64m"):
        pytest.skip("needs a file system that can be mounted, or a user without the rights of an administrator")
    try:
        for path in films.iterdir():
            (target / path.name).write_bytes(path.read_bytes())
        subprocess.run(["mount", "-o", "remount,ro", str(target)], check=True)
        yield target
    finally:
        subprocess.run(["umount", "--lazy", str(target)], check=True)


def test_a_read_only_folder_is_told_and_changes_nothing(empty_desk, read_only_films):
    open_film(empty_desk, read_only_films)
    problem = empty_desk.panel.problem
    assert problem.isVisible()
    assert "cannot be written" in problem.text()
    assert "Copy" in problem.text()
    assert_nothing_can_be_changed(empty_desk, read_only_films / f"{FILM}.dentlm.jsonl")


@dataclass
class SmallDisk:
    """A disk with films on it that can be filled to the last byte."""

    films: Path
    fill: Callable[[], None]
    free: Callable[[], None]


@pytest.fixture
def mounted_disk(films: Path, tmp_path: Path) -> Iterator[SmallDisk]:
    target = tmp_path / "small"
    if not mount(target, "size=16m"):
        pytest.skip("needs a file system that can be mounted")
    filler = target / "filler.bin"

    def fill() -> None:
        with open(filler, "wb", buffering=0) as stream:
            for size in (2**20, 2**12, 1):
                try:
                    while stream.write(b"\0" * size):
                        pass
                except OSError:
                    continue

    try:
        for path in films.iterdir():
            (target / path.name).write_bytes(path.read_bytes())
        yield SmallDisk(target, fill, filler.unlink)
    finally:
        subprocess.run(["umount", "--lazy", str(target)], check=True)


@pytest.fixture
def limited_disk(films: Path) -> Iterator[SmallDisk]:
    """As a disk that has room for half a line more; the system stops the write in its middle."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill() -> None:
        size = (films / f"{FILM}.dentlm.jsonl").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 150, before[1]))

    def free() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    yield SmallDisk(films, fill, free)
    free()


@pytest.mark.parametrize("kind", ["mounted_disk", "limited_disk"])
def test_a_full_disk_is_told_and_loses_nothing(empty_desk, request, kind):
    disk = request.getfixturevalue(kind)
    desk = empty_desk
    sidecar = label(disk.films)
    open_film(desk, disk.films)
    desk.session.select("S")
    desk.press(Key.Key_Space)
    confirmed, key = desk.landmark("S"), desk.session.current

    disk.fill()
    # The last block of the journal may still have room for some acts.
    for _ in range(60):
        desk.press(Key.Key_Right)
        if "not saved" in desk.panel.words.text():
            break
    desk.panel.words.setText("")
    before, on_disk = desk.session.annotation, sidecar.read_bytes()
    desk.press(Key.Key_Space)
    told = desk.panel.words.text()
    disk_after = sidecar.read_bytes()
    desk.assert_shows_truth()
    disk.free()

    assert f"{FILM}.dentlm.jsonl: the change was not saved" in told
    assert "Make room on the disk" in told
    assert desk.session.annotation == before
    assert desk.landmark(key).state != "confirmed"
    assert desk.session.current == key
    assert disk_after == on_disk

    desk.press(Key.Key_Space)
    assert desk.landmark(key).state == "confirmed"
    open_film(desk, disk.films)
    assert desk.landmark("S") == confirmed
    assert desk.landmark(key).state == "confirmed"
