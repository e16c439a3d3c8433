"""The package as a whole: lint, types, import contracts, manifest, wheel, and what an import loads."""

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent
MAX_BUNDLE_BYTES = 20 * 2**20


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command; its output is the failure's message."""
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("command", [("check",), ("format", "--check")], ids=["check", "format"])
def test_ruff(repository: Path, command: tuple[str, ...]) -> None:
    run(BIN / "ruff", *command, "--no-cache", ".", cwd=repository)


def test_import_contracts(repository: Path) -> None:
    run(BIN / "lint-imports", "--no-cache", cwd=repository)


@pytest.mark.slow
def test_types_of_core(repository: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "mypy", "--cache-dir", tmp_path, cwd=repository)


def test_manifest(repository: Path) -> None:
    run(BIN / "npe2", "validate", "napari_dentlm", cwd=repository)


@pytest.mark.parametrize("module", ["napari_dentlm", "napari_dentlm.cli.main", "napari_dentlm.core.imaging"])
def test_import_stays_light(module: str, tmp_path: Path) -> None:
    heavy = "{'torch', 'pandas', 'napari', 'qtpy', 'lightning'}"
    code = f"import sys, {module}; loaded = {heavy} & set(sys.modules); assert not loaded, loaded"
    run(sys.executable, "-c", code, cwd=tmp_path)


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy, so that no build folder is left in the repository or taken from it."""
    source = tmp_path_factory.mktemp("source")
    for package in ("napari_dentlm", "training", "sample_data"):
        ignore = shutil.ignore_patterns("__pycache__", "*.dentlm.jsonl")
        shutil.copytree(repository / package, source / package, ignore=ignore)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(repository / name, source)
    run(sys.executable, "-m", "build", "--wheel", "--outdir", source / "dist", source, cwd=source)
    return next((source / "dist").glob("*.whl"))


@pytest.mark.slow
def test_wheel_contents(wheel: Path, repository: Path) -> None:
    run(BIN / "check-wheel-contents", "--config", repository / "pyproject.toml", wheel, cwd=repository)
    names = set(zipfile.ZipFile(wheel).namelist())
    for needed in (
        "napari_dentlm/napari.yaml",
        "napari_dentlm/py.typed",
        "napari_dentlm/core/schemes/isbi19.toml",
        "napari_dentlm/cascade/models/ceph19/model.toml",
        "napari_dentlm/cascade/models/ceph19/weights.safetensors",
        "training/recipes/ceph19.toml",
        "training/recipes/gonion-paper.toml",
        "sample_data/films/truth.csv",
    ):
        assert needed in names
    assert not [name for name in names if re.search(r"\.(pkl|pickle|pt|pth|ckpt)$|(^|/)tests/", name)]


def test_shipped_bundle_is_small(repository: Path) -> None:
    folder = repository / "napari_dentlm" / "cascade" / "models" / "ceph19"
    assert 0 < sum(path.stat().st_size for path in folder.iterdir()) <= MAX_BUNDLE_BYTES


def test_links_of_the_documents_lead_somewhere(repository: Path) -> None:
    pages = [*repository.glob("*.md"), *(repository / "docs").glob("*.md")]
    assert len(pages) > 5
    broken = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert not broken
