"""Frames from folders and videos, and what is said when there are none."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.imaging import read_image
from napari_dentlm.live.sources import frames_of

COUNT, SIZE = 5, (64, 48)


def picture(number: int) -> np.ndarray:
    return np.full((SIZE[1], SIZE[0], 3), 20 + 40 * number, np.uint8)


def test_a_folder_gives_its_images_in_natural_order(tmp_path: Path) -> None:
    for number in (10, 9, 1):
        cv2.imwrite(str(tmp_path / f"{number}.png"), picture(number // 5))
    (tmp_path / "2.heic").write_bytes(b"a kind of picture that is not read")
    frames = list(frames_of(str(tmp_path)))
    assert [frame.source for frame in frames] == [tmp_path / name for name in ("1.png", "9.png", "10.png")]
    assert [frame.image_id for frame in frames] == [read_image(frame.source).image_id for frame in frames]


def test_a_video_gives_its_frames_in_order(tmp_path: Path) -> None:
    path = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 25, SIZE)
    for number in range(COUNT):
        writer.write(picture(number))
    writer.release()
    frames = list(frames_of(str(path)))
    assert [(frame.source, frame.number) for frame in frames] == [(path, number) for number in range(COUNT)]
    assert [float(frame.grey.mean()) for frame in frames] == pytest.approx([20 + 40 * n for n in range(COUNT)], abs=3)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [("97", "There is no camera 97 here"), ("nowhere", "there is no such camera, video or folder")],
)
def test_what_is_not_there_gets_a_sentence(source: str, sentence: str) -> None:
    with pytest.raises(DentLMError, match=sentence):
        next(frames_of(source))


def test_a_text_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_text("no video")
    with pytest.raises(DentLMError, match=r"film\.mp4: this is no video"):
        next(frames_of(str(path)))
