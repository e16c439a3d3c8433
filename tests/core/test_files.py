import os
import sys

import pytest

from napari_dentlm.core.files import atomic_file, write_bytes, write_text


def test_a_file_appears_whole_and_alone(tmp_path):
    write_text(tmp_path / "new.csv", "a\nü\n")
    assert (tmp_path / "new.csv").read_bytes() == "a\nü\n".encode()
    assert os.listdir(tmp_path) == ["new.csv"]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "labels.csv"
    write_bytes(path, b"old")

    def fail_half_way():
        with atomic_file(path) as stream:
            stream.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail_half_way()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["labels.csv"]


def test_the_old_file_stands_until_the_end(tmp_path):
    path = tmp_path / "labels.csv"
    write_bytes(path, b"old")
    with atomic_file(path) as stream:
        stream.write(b"new")
        stream.flush()
        assert path.read_bytes() == b"old"
        assert all(name == "labels.csv" or name.startswith(".dentlm-") for name in os.listdir(tmp_path))
    assert path.read_bytes() == b"new"


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX rights and links")
def test_rights_are_kept_and_links_followed(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    write_bytes(target, b"old")
    target.chmod(0o640)
    link.symlink_to(target)
    write_bytes(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert target.stat().st_mode & 0o777 == 0o640


def test_a_missing_folder_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_bytes(tmp_path / "no" / "file", b"")
