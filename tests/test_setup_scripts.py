"""The set-up scripts of ``make``: what they say when something is missing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the scripts are for Linux")


LIBRARIES = (
    "libEGL.so.1",
    "libdbus-1.so.3",
    "libfontconfig.so.1",
    "libglib-2.0.so.0",
    "libxcb-cursor.so.0",
    "libxcb-icccm.so.4",
    "libxcb-keysyms.so.1",
    "libxcb-shape.so.0",
    "libxkbcommon-x11.so.0",
)
CHROMIUM = {"chromium": "", "chromedriver": ""}


def run(
    script: Path, fakes: dict[str, str], folder: Path, *arguments: str, only_fakes: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run a script with some programs replaced by shell lines."""
    programs = folder / "fakes"
    programs.mkdir()
    for name, line in fakes.items():
        (programs / name).write_text(f"#!/bin/sh\n{line}\n")
        (programs / name).chmod(0o755)
    others = "" if only_fakes else f":{os.environ['PATH']}"
    environment = {**os.environ, "PATH": f"{programs}{others}"}
    environment.pop("DENTLM_ALLOW_CUDA", None)
    return subprocess.run(
        ["/bin/sh", str(script), *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_a_user_gets_the_line_to_run(repository: Path, tmp_path: Path) -> None:
    fakes = {
        "ldconfig": "echo libEGL.so.1",
        "id": "echo 1000",
        "apt-get": "exit 9",
        "Xvfb": "",
        "xauth": "",
        **CHROMIUM,
    }
    done = run(repository / ".ci" / "system-libraries.sh", fakes, tmp_path)
    assert done.returncode == 1
    line = done.stderr.splitlines()[1].strip()
    assert line.startswith("sudo apt-get update && sudo apt-get install -y --no-install-recommends libdbus-1-3 ")
    assert "libxkbcommon-x11-0" in line
    assert "libegl1" not in line
    assert "xvfb" not in line


def test_root_installs_what_is_missing(repository: Path, tmp_path: Path) -> None:
    fakes = {"ldconfig": "echo", "id": "echo 0", "apt-get": 'echo "$@" >> calls', "Xvfb": "", "xauth": "", **CHROMIUM}
    done = run(repository / ".ci" / "system-libraries.sh", fakes, tmp_path)
    assert done.returncode == 0, done.stderr
    update, install = (tmp_path / "calls").read_text().splitlines()
    assert update.startswith("update")
    assert install.startswith("install -y --no-install-recommends libegl1 libdbus-1-3 ")


@pytest.mark.parametrize("apt", ["exit 100", 'case "$1" in update) ;; *) exit 100;; esac'])
def test_without_a_browser_the_page_is_not_tested_and_the_rest_is(repository: Path, tmp_path: Path, apt: str) -> None:
    libraries = "; ".join(f"echo {name}" for name in LIBRARIES)
    fakes = {"ldconfig": libraries, "id": "echo 0", "apt-get": apt, "Xvfb": "", "xauth": "", "uname": "echo Linux"}
    done = run(repository / ".ci" / "system-libraries.sh", fakes, tmp_path, only_fakes=True)
    assert done.returncode == 0, done.stderr
    assert "tests of the browser page will be skipped: chromium chromium-driver not found" in done.stdout


def test_an_old_python_is_named(repository: Path, tmp_path: Path) -> None:
    old = 'case "$1" in -V) echo Python 3.9.2;; *) exit 1;; esac'
    done = run(repository / ".ci" / "setup.sh", {"oldpython": old}, tmp_path, "oldpython", "env")
    assert done.returncode == 1
    assert "needs Python 3.11 or newer; 'oldpython' is Python 3.9.2" in done.stderr
    assert not (tmp_path / "env").exists()


@pytest.mark.parametrize(("cuda", "card", "code"), [("", "exit 1", 0), ("12.8", "exit 1", 1), ("12.8", "", 0)])
def test_the_cuda_build_is_refused_without_a_card(
    repository: Path, tmp_path: Path, cuda: str, card: str, code: int
) -> None:
    environment = tmp_path / "env" / "bin"
    environment.mkdir(parents=True)
    for name in ("pip", "python"):
        (environment / name).write_text(f'#!/bin/sh\ncase "$1" in -c) echo "{cuda}";; esac\n')
        (environment / name).chmod(0o755)
    fakes = {"newpython": "exit 0", "nvidia-smi": card or "exit 0"}
    done = run(repository / ".ci" / "setup.sh", fakes, tmp_path, "newpython", "env")
    assert done.returncode == code
    assert ("DENTLM_ALLOW_CUDA=1" in done.stderr) == bool(code)
