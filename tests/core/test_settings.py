"""Settings that are remembered: read tolerantly, written whole."""

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.settings import Settings, change_settings, load_settings, settings_file


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("DENTLM_SETTINGS", str(tmp_path / "settings"))
    return tmp_path / "settings"


def test_without_a_file_the_defaults_count(folder):
    assert load_settings() == Settings(notice=0, model="")
    assert not folder.exists()


def test_a_change_is_remembered_and_leaves_the_rest_alone(folder):
    change_settings(model="/models/new")
    change_settings(notice=1)
    assert load_settings() == Settings(notice=1, model="/models/new")
    assert [path.name for path in folder.iterdir()] == ["settings.json"]


def test_what_a_newer_program_added_is_kept(folder):
    folder.mkdir()
    settings_file().write_text('{"loupe": 4, "notice": 1}')
    change_settings(notice=2)
    assert json.loads(settings_file().read_text()) == {"loupe": 4, "notice": 2, "reader": "", "model": ""}


@given(st.binary(max_size=60))
def test_a_damaged_file_gives_the_defaults(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("settings")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DENTLM_SETTINGS", str(folder))
        settings_file().write_bytes(data)
        assert isinstance(load_settings(), Settings)
        change_settings(notice=1)
        assert load_settings().notice == 1


@pytest.mark.parametrize("text", ["{", "[]", '{"notice": "yes"}', '{"model": 7}', "\x00"])
def test_a_field_of_the_wrong_kind_gives_the_defaults(folder, text):
    folder.mkdir()
    settings_file().write_text(text)
    assert load_settings() == Settings()


def test_what_stands_in_a_damaged_file_stays_out_of_the_log(folder, caplog):
    folder.mkdir()
    settings_file().write_text('{"notice": "/patients/Mueller"}')
    load_settings()
    assert "the defaults count" in caplog.text
    assert "Mueller" not in caplog.text


def test_a_place_that_cannot_be_written_is_told_in_words(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DENTLM_SETTINGS", str(tmp_path / "file" / "below"))
    assert load_settings() == Settings()
    with pytest.raises(DentLMError, match="cannot be remembered"):
        change_settings(notice=1)


@pytest.mark.skipif(os.name == "nt", reason="file modes")
def test_a_full_disk_leaves_the_old_settings(folder, monkeypatch):
    change_settings(notice=1)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DentLMError, match="No space left"):
        change_settings(notice=2)
    assert load_settings().notice == 1
