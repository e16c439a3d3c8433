"""Pseudonyms: stable, different, and useless without the salt."""

import os
from pathlib import Path

import pytest

from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.pseudonym import Pseudonyms, user_salt_file


def test_one_patient_has_one_pseudonym_wherever_the_images_lie(tmp_path: Path):
    names = Pseudonyms(b"s" * 32)
    assert names.of("MUSTER^HANS", tmp_path / "a") == names.of(" MUSTER^HANS ", tmp_path / "b")
    assert names.of("MUSTER^HANS", tmp_path) != names.of("MUSTER^EVA", tmp_path)
    assert "MUSTER" not in names.of("MUSTER^HANS", tmp_path)


@pytest.mark.parametrize("unknown", [None, "", "  "])
def test_without_an_id_the_folder_stands_for_the_patient(tmp_path: Path, unknown: str | None):
    names = Pseudonyms(b"s" * 32)
    assert names.of(unknown, tmp_path / "a") == names.of(None, tmp_path / "a")
    assert names.of(unknown, tmp_path / "a") != names.of(unknown, tmp_path / "b")


def test_the_salt_is_made_once_and_for_its_owner_only(tmp_path: Path):
    path = tmp_path / "new" / "salt"
    first = Pseudonyms.load(path).of("1", tmp_path)
    assert Pseudonyms.load(path).of("1", tmp_path) == first
    assert Pseudonyms.load(tmp_path / "other").of("1", tmp_path) != first
    assert list(path.parent.iterdir()) == [path]
    if os.name != "nt":
        assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", ["", "no hex", "abcd"])
def test_a_damaged_salt_is_not_silently_replaced(tmp_path: Path, content: str):
    path = tmp_path / "salt"
    path.write_text(content)
    with pytest.raises(DentLMError, match="salt"):
        Pseudonyms.load(path)
    assert path.read_text() == content


def test_the_users_salt_lies_in_the_users_own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("DENTLM_SETTINGS", str(tmp_path))
    assert user_salt_file() == tmp_path / "pseudonym-salt"
