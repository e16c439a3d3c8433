"""The manifest, and what importing the plugin costs."""

import importlib
import subprocess
import sys
from pathlib import Path

import npe2
import pytest

import napari_dentlm

MANIFEST = Path(napari_dentlm.__file__).parent / "napari.yaml"


def commands():
    return npe2.PluginManifest.from_file(MANIFEST).contributions.commands


def test_the_manifest_is_valid():
    npe2.PluginManifest.from_file(MANIFEST).validate_imports()


@pytest.mark.parametrize("command", commands(), ids=lambda command: command.id)
def test_every_python_name_resolves(command):
    module, name = command.python_name.split(":")
    assert callable(getattr(importlib.import_module(module), name))


def test_the_reader_takes_dicom_files_only(generated_films):
    from napari_dentlm.gui.readers import get_reader

    film = generated_films / "film_7103.dcm"
    assert get_reader("photo.jpg") is None
    read = get_reader([str(film)])
    [(pixels, options, kind)] = read([str(film)])
    assert (pixels.shape, kind) == ((2400, 1935), "image")
    assert (options["scale"], options["units"]) == ((0.1, 0.1), ("mm", "mm"))


def test_a_dropped_dicom_file_brings_no_other_file_of_its_folder(make_napari_viewer, generated_films):
    viewer = make_napari_viewer()
    viewer.open(str(generated_films / "film_7103.dcm"), plugin="napari-dentlm")
    assert [layer.name for layer in viewer.layers] == ["film_7103.dcm"]


def test_the_sample_data_opens(make_napari_viewer):
    viewer = make_napari_viewer()
    [layer] = viewer.open_sample("napari-dentlm", "generated_film")
    assert layer.data.shape == (2400, 1935)
    [layer] = viewer.open_sample("napari-dentlm", "generated_group")
    assert (layer.rgb, layer.data.shape) == (True, (600, 900, 3))


CHECK = """
import sys, time
import napari
viewer = napari.Viewer(show=False)
start = time.process_time()
_, panel = viewer.window.add_plugin_dock_widget("napari-dentlm", "Landmark workbench")
took = time.process_time() - start
heavy = [name for name in ("torch", "pandas", "lightning", "cv2", "pydicom") if name in sys.modules]
print("RESULT", took, start, heavy)
viewer.close()
"""


def seconds_to_open_the_panel() -> tuple[float, float]:
    """Processor time of one opening, and of napari's start before it.

    In a process of its own, because only the first opening of a process imports anything.
    """
    done = subprocess.run([sys.executable, "-c", CHECK], capture_output=True, text=True, timeout=120, check=True)
    [line] = [line for line in done.stdout.splitlines() if line.startswith("RESULT")]
    _, seconds, napari, heavy = line.split(maxsplit=3)
    assert heavy == "[]"
    return float(seconds), float(napari)


def test_opening_the_panel_loads_neither_torch_nor_pandas_and_is_quick():
    # The best of three openings; where napari itself takes long, the machine is slow.
    assert any(seconds <= max(0.5, napari / 3) for seconds, napari in (seconds_to_open_the_panel() for _ in range(3)))


def test_import_of_the_package_loads_nothing_heavy():
    code = "import sys, napari_dentlm; print([n for n in ('torch','pandas','napari','qtpy') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
