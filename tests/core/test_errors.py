import errno
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from napari_dentlm.core.errors import DentLMError, MissingDecoderError, SchemaError, UnreadableImageError, sentence_of

ERRORS = [
    UnreadableImageError("patients/Mueller/001.jpg", "the file is empty", "Copy it again."),
    MissingDecoderError("film.dcm", "JPEG Something", "some-package"),
    SchemaError("the landmark 'X9' is unknown", path="labels.csv", row=7),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_errors_survive_the_pipe_between_processes(error):
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert isinstance(copy, DentLMError)


def test_the_text_names_the_file_but_not_the_folders_of_the_patient():
    assert str(ERRORS[0]) == "001.jpg: the file is empty. Copy it again."
    assert ERRORS[0].path == Path("patients/Mueller/001.jpg")


def test_a_missing_decoder_names_syntax_and_package():
    assert "JPEG Something" in str(ERRORS[1])
    assert "pip install some-package" in str(ERRORS[1])


def test_a_schema_error_names_file_and_row():
    assert str(ERRORS[2]) == "labels.csv, row 7: the landmark 'X9' is unknown"
    assert str(SchemaError("bad")) == "bad"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EACCES, "you have no right"),
        (errno.ENOENT, "not there any more"),
        (errno.EIO, "Check the disk or the network"),
    ],
)
def test_an_error_of_the_system_is_told_in_words_without_the_folders_of_the_patient(number, words):
    said = sentence_of(OSError(number, os.strerror(number), "/patients/Mueller/001.jpg"))
    assert said.startswith("001.jpg: ")
    assert words in said
    assert "Mueller" not in said
    assert "Errno" not in said


def test_an_error_of_the_system_takes_the_name_of_the_file_that_was_meant():
    nameless = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert sentence_of(nameless, Path("patients/Mueller/001.jpg")).startswith("001.jpg: the disk is full.")
    assert sentence_of(nameless).startswith("The disk is full. Free some space")


def test_an_error_in_words_keeps_them():
    assert sentence_of(ERRORS[0], "other.jpg") == str(ERRORS[0])


def test_importing_errors_loads_no_library():
    code = "import sys, napari_dentlm.core.errors; sys.exit(any(m in sys.modules for m in ('numpy', 'cv2', 'PIL')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
