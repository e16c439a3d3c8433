"""A bundle of another scheme or version, or with damaged weights, is refused before anything is labelled."""

from pathlib import Path

import pytest
import torch

from napari_dentlm.cascade.bundle import (
    CARD,
    FORMAT_VERSION,
    WEIGHTS,
    Card,
    bundle_names,
    find_bundle,
    load_bundle,
    save_bundle,
)
from napari_dentlm.cascade.cascade import Cascade
from napari_dentlm.core.errors import BundleError
from napari_dentlm.core.scheme import load_scheme


@pytest.fixture
def folder(tmp_path):
    scheme = load_scheme("isbi19")
    card = Card(
        format_version=FORMAT_VERSION,
        name='a "quoted" name',
        scheme="isbi19",
        scheme_version=scheme.version,
        landmarks=("Go",),
        recipe="test",
        family="paper",
        weights_sha256="",
        created="2026-01-01",
        tool_version="0",
        data={"held_out": ["001", "Scan\r\x1f\x7f 2\t\U0001f600"]},
    )
    save_bundle(tmp_path / "bundle", card, {"coarse.weight": torch.arange(4.0), "coarse.count": torch.tensor(3)})
    return tmp_path / "bundle"


def test_what_was_saved_is_loaded(folder):
    bundle = load_bundle(folder)
    assert bundle.card.name == 'a "quoted" name'
    assert bundle.card.data["held_out"] == ["001", "Scan\r\x1f\x7f 2\t\U0001f600"]
    assert torch.equal(bundle.stage("coarse")["weight"], torch.arange(4.0))
    assert bundle.origin == f'model:a "quoted" name@{bundle.digest}'


def test_a_bundle_named_like_a_shipped_one_is_itself(folder, tmp_path, monkeypatch):
    bundle, (name, *_) = load_bundle(folder), bundle_names()
    monkeypatch.chdir(tmp_path)
    saved = save_bundle(Path(name), bundle.card, {"coarse.weight": torch.arange(3.0)})
    assert torch.equal(saved.stage("coarse")["weight"], torch.arange(3.0))
    assert load_bundle(f"./{name}").digest == saved.digest
    assert load_bundle(name).digest != saved.digest


def test_another_card_gives_another_origin(folder):
    before = load_bundle(folder).origin
    card = folder / CARD
    card.write_text(card.read_text().replace("2026-01-01", "2026-01-02"))
    assert load_bundle(folder).origin != before


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (f"format_version = {FORMAT_VERSION}", "format_version = 99", "format version 99"),
        ('scheme = "isbi19"', 'scheme = "klingon7"', "klingon7"),
        ('landmarks = ["Go"]', 'landmarks = ["Nose"]', "scheme"),
        ("scheme_version = ", "scheme_version = 'old' #", "version old"),
        ("family", "famly", "not a valid model"),
        ("created", "= =", "not a valid model"),
    ],
)
def test_a_foreign_card_is_refused_in_words(folder, old, new, said):
    card = folder / CARD
    text = card.read_text()
    assert old in text
    card.write_text(text.replace(old, new))
    with pytest.raises(BundleError, match=said):
        load_bundle(folder)


@pytest.mark.parametrize("damage", [lambda d: d[:-3], lambda d: d[:20] + bytes([d[20] ^ 1]) + d[21:], lambda d: b""])
def test_damaged_weights_are_refused(folder, damage):
    weights = folder / WEIGHTS
    weights.write_bytes(damage(weights.read_bytes()))
    with pytest.raises(BundleError, match="damaged"):
        load_bundle(folder)


def test_weights_that_are_not_numbers_are_never_saved(folder):
    bundle = load_bundle(folder)
    with pytest.raises(BundleError, match="not numbers"):
        save_bundle(folder.parent / "other", bundle.card, {"coarse.weight": torch.tensor([float("nan")])})


def test_weights_of_other_networks_are_refused(folder):
    with pytest.raises(BundleError, match="do not fit"):
        Cascade(load_bundle(folder))


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(BundleError, match="ceph19"):
        load_bundle("no-such-bundle")


def test_a_folder_without_a_model_is_told_so(tmp_path):
    with pytest.raises(BundleError, match=r"there is no model in this folder; model\.toml is missing"):
        find_bundle(tmp_path)


def test_a_device_that_is_not_there(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(BundleError, match="cuda"):
        Cascade.load("ceph19", device="cuda")
