"""Fixtures of the whole suite."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

# Before anything imports torch: one thread is quicker than two on a busy machine, and always the same.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# napari must neither read nor save the settings of whoever runs the tests.
os.environ.setdefault("NAPARI_CONFIG", "")
# Nor may tests leave anything in the settings of napari-dentlm.
os.environ["XDG_CONFIG_HOME"] = os.environ["APPDATA"] = tempfile.mkdtemp(prefix="dentlm-settings-")

import pytest
from hypothesis import settings

# A machine that is busy with something else is no failure.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")

REPOSITORY = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("DENTLM_DATA", REPOSITORY.parent / "shared" / "data"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests on real films where there are none."""
    if DATA.is_dir():
        return
    skip = pytest.mark.skip(reason=f"real films are not at {DATA}; set DENTLM_DATA to their folder")
    for item in items:
        if "data" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository."""
    return REPOSITORY


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Folder of the real films; only for tests marked ``data``."""
    return DATA


@pytest.fixture(scope="session")
def cascade():
    """The shipped cascade on one CPU thread."""
    import torch

    from napari_dentlm.cascade.cascade import Cascade

    torch.set_num_threads(1)
    return Cascade.load("ceph19", "cpu")


@pytest.fixture(scope="session")
def generated_films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three generated films, one of them DICOM, and their truth.csv; copy what is to be changed."""
    from sample_data import generate_film
    from sample_data.files import write_films

    folder = tmp_path_factory.mktemp("generated")
    films = [generate_film(seed) for seed in (7101, 7102, 7103)]
    write_films(films, folder, dicom=frozenset({7103}), mirrored=frozenset())
    return folder


@pytest.fixture
def films(generated_films: Path, tmp_path: Path) -> Path:
    """A patient folder of one's own with three films, without the truth."""
    folder = tmp_path / "films"
    folder.mkdir()
    for path in generated_films.glob("film_*"):
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


@pytest.fixture
def run_dentlm(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run ``dentlm`` in this process: gives the exit code, standard output and standard error."""
    from napari_dentlm.cli.main import main

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["dentlm", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run
