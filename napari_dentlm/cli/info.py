"""``dentlm info``: what is installed and what it can use."""

import json
import platform
from importlib import metadata
from typing import Annotated, Any

import typer

from napari_dentlm import __version__

PACKAGES = (
    "napari",
    "numpy",
    "torch",
    "pydicom",
    "python-gdcm",
    "pillow",
    "opencv-python-headless",
    "lightning",
)


def info(
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON, for programs.")] = False,
) -> None:
    """Show versions, computing devices and models. Paste it into a problem report; it names no patient."""
    facts: dict[str, Any] = {
        "version": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "devices": _devices(),
        "models": _models(),
        "packages": {name: _version(name) for name in PACKAGES},
    }
    if as_json:
        typer.echo(json.dumps(facts, indent=2))
        return
    typer.echo(f"dentlm {facts['version']}, Python {facts['python']}, {facts['system']}")
    typer.echo("Devices:  " + ", ".join(facts["devices"]))
    typer.echo("Models:")
    for model in facts["models"]:
        typer.echo("  " + ", ".join(f"{name} {value}" for name, value in model.items()))
    packages = facts["packages"].items()
    typer.echo("Packages: " + ", ".join(f"{name} {version or '(missing)'}" for name, version in packages))


def _devices() -> list[str]:
    import torch

    devices = [f"cpu ({torch.get_num_threads()} threads)"]
    devices += [f"cuda:{i} ({torch.cuda.get_device_name(i)})" for i in range(torch.cuda.device_count())]
    return devices + (["mps"] if torch.backends.mps.is_available() else [])


def _models() -> list[dict[str, Any]]:
    """Describe the models that ship with the package; one that is damaged says so in its place."""
    from napari_dentlm.cascade.bundle import bundle_names, load_bundle
    from napari_dentlm.core.errors import BundleError

    models: list[dict[str, Any]] = []
    for name in bundle_names():
        try:
            bundle = load_bundle(name)
        except BundleError as error:
            models.append({"name": name, "problem": str(error)})
            continue
        card = bundle.card
        models.append({"name": name, "origin": bundle.origin, "scheme": card.scheme, "landmarks": len(card.landmarks)})
    return models


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
