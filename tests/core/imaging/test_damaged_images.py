"""No bytes may crash, hang or slip through half: every kind is cut and damaged."""

import os
import struct
import sys
import threading
import time
import zlib

import numpy as np
import pytest
from film_files import DAMAGES, KINDS, damaged, dataset_of, film, save, save_jpeg_baseline, truncated
from PIL import Image as PillowImage
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless

from napari_dentlm.core.errors import MissingDecoderError, UnreadableImageError
from napari_dentlm.core.imaging import iter_frames, read_image

KIND_NAMES = list(KINDS)


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_a_truncated_file_is_always_refused(kind, tmp_path):
    path = KINDS[kind](tmp_path)
    data = path.read_bytes()
    shares = [0.01, *np.random.default_rng(KIND_NAMES.index(kind)).uniform(0.01, 0.999, 18), 0.999]
    for share in shares:
        path.write_bytes(truncated(data, share))
        with pytest.raises(UnreadableImageError):
            read_image(path)


@pytest.mark.parametrize("number", range(2 * len(KIND_NAMES)))
def test_a_damaged_file_is_read_or_refused_quickly(number, tmp_path):
    rng = np.random.default_rng(number)
    kind, damage = KIND_NAMES[number % len(KIND_NAMES)], DAMAGES[1 + number % (len(DAMAGES) - 1)]
    other = KINDS[KIND_NAMES[int(rng.integers(len(KIND_NAMES)))]](tmp_path).read_bytes()
    path = KINDS[kind](tmp_path)
    path.write_bytes(damaged(path.read_bytes(), other, damage, rng))
    started = time.perf_counter()
    try:
        for image in iter_frames(path):
            image.grey()
    except UnreadableImageError:
        pass
    assert time.perf_counter() - started < 10


@pytest.mark.parametrize("kind", ["jpeg", "jpeg colour"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.97])
def test_a_cut_jpeg_with_an_end_marker_added_is_refused(kind, share, tmp_path):
    path = KINDS[kind](tmp_path)
    path.write_bytes(truncated(path.read_bytes(), share) + b"\xff\xd9")
    with pytest.raises(UnreadableImageError, match="cut short"):
        read_image(path)


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, JPEGLSLossless, RLELossless], ids=lambda uid: uid.name)
def test_a_cut_stream_in_a_whole_dicom_file_is_refused(syntax, tmp_path):
    dataset = dataset_of(film())
    dataset.compress(syntax, generate_instance_uid=False)
    stream = dataset.PixelData[16:-8]
    dataset.PixelData = encapsulate([stream[: len(stream) // 2 // 2 * 2]])
    with pytest.raises(UnreadableImageError):
        read_image(save(dataset, tmp_path / "cut.dcm"))


def test_a_cut_jpeg_in_a_whole_dicom_file_is_refused(tmp_path):
    path = save_jpeg_baseline(tmp_path / "film.dcm", PillowImage.fromarray(film()), "MONOCHROME2")
    assert read_image(path).width == 96
    whole = path.read_bytes()
    start, end = whole.index(b"\xff\xd8"), whole.rindex(b"\xff\xd9")
    dataset = dataset_of(film())
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.50"
    dataset.PixelData = encapsulate([whole[start : (start + end) // 2] + b"\xff\xd9"])
    with pytest.raises(UnreadableImageError, match="cut short"):
        read_image(save(dataset, path))


def test_missing_frames_are_refused(tmp_path):
    dataset = dataset_of(np.stack([film(), film(seed=1)]))
    dataset.NumberOfFrames = 3
    with pytest.raises(UnreadableImageError, match="cut short"):
        read_image(save(dataset, tmp_path / "frames.dcm"))


FOREIGN = {
    "empty.jpg": (b"", "empty"),
    "report.jpg": (b"%PDF-1.7 ...", "PDF"),
    "page.png": (b"<html></html>", "text or web page"),
    "moving.jpg": (b"GIF89a....", "GIF"),
    "IMG_1.heic": (b"\x00\x00\x00\x18ftypheic....", "HEIC"),
    "a.avif": (b"\x00\x00\x00\x18ftypavif....", "AVIF"),
    "zeros.dcm": (bytes(5000), "zeros"),
    "noise.dcm": (b"\x08\x00\x05\x00" + b"nonsense" * 50, "DICOM"),
    "short.jpg": (b"\xff\xd8", "cut short"),
    "short.bmp": (b"BM", "cut short"),
    "short.tif": (b"II*\x00", "cut short"),
    "text.tif": (b"hello world", "unknown"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_files_are_refused_by_what_they_are(name, tmp_path):
    content, found = FOREIGN[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableImageError, match=found):
        read_image(tmp_path / name)


def _bomb_png() -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    data = zlib.compress(bytes(10_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def test_bombs_are_refused_unopened(tmp_path):
    (tmp_path / "bomb.png").write_bytes(_bomb_png())
    bmp = bytearray(KINDS["bmp"](tmp_path).read_bytes())
    bmp[18:26] = struct.pack("<ii", 50_000, 50_000)
    (tmp_path / "bomb.bmp").write_bytes(bmp)
    jpeg = KINDS["jpeg"](tmp_path).read_bytes().replace(struct.pack(">HH", 120, 96), struct.pack(">HH", 65_000, 65_000))
    (tmp_path / "bomb.jpg").write_bytes(jpeg)
    dataset = dataset_of(film())
    dataset.Rows = dataset.Columns = 60_000
    save(dataset, tmp_path / "bomb.dcm")
    for name in ("bomb.png", "bomb.bmp", "bomb.jpg", "bomb.dcm"):
        with pytest.raises(UnreadableImageError, match="million"):
            read_image(tmp_path / name)


def test_a_stream_of_another_size_than_its_header_is_refused(tmp_path):
    dataset = dataset_of(film())
    dataset.compress(JPEG2000Lossless, generate_instance_uid=False)
    dataset.Rows = 60
    with pytest.raises(UnreadableImageError, match="another size"):
        read_image(save(dataset, tmp_path / "size.dcm"))


def test_a_number_of_the_wrong_length_is_refused(tmp_path):
    path = KINDS["dicom"](tmp_path)
    rows = b"\x28\x00\x10\x00US\x02\x00" + film().shape[0].to_bytes(2, "little")
    data = path.read_bytes()
    assert rows in data
    path.write_bytes(data.replace(rows, b"\x28\x00\x10\x00US\x03\x00\x01\x02\x03"))
    with pytest.raises(UnreadableImageError):
        read_image(path)


def test_a_syntax_without_decoder_is_named(tmp_path):
    dataset = dataset_of(film().astype(np.uint16), bits=12)
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.51"
    dataset.PixelData = encapsulate([b"\xff\xd8\xff\xd9"])
    with pytest.raises(MissingDecoderError, match=r"JPEG Extended.*pip install pylibjpeg-libjpeg"):
        read_image(save(dataset, tmp_path / "extended.dcm"))
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.102"
    with pytest.raises(MissingDecoderError, match="MPEG-4"):
        read_image(save(dataset, tmp_path / "video.dcm"))


def test_folders_missing_files_and_frames_are_refused(tmp_path):
    with pytest.raises(UnreadableImageError, match="folder"):
        read_image(tmp_path)
    with pytest.raises(UnreadableImageError, match="no such file"):
        read_image(tmp_path / "absent.jpg")
    with pytest.raises(UnreadableImageError, match="no frame 3"):
        read_image(KINDS["tiff pages"](tmp_path), 3)
    with pytest.raises(UnreadableImageError, match="no frame -1"):
        read_image(tmp_path / "pages_raw.tif", -1)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes in folders")
def test_a_pipe_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(UnreadableImageError, match="not an ordinary file"):
        read_image(tmp_path / "pipe.jpg")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(tmp_path):
    path = KINDS["jpeg"](tmp_path)
    path.chmod(0)
    with pytest.raises(UnreadableImageError, match="permission"):
        read_image(path)


def test_a_huge_file_is_refused_unread(tmp_path):
    path = tmp_path / "huge.dcm"
    with path.open("wb") as stream:
        stream.truncate(3_000_000_000)
    with pytest.raises(UnreadableImageError, match="3000 MB"):
        read_image(path)


def test_threads_can_read_at_once_without_a_warning(tmp_path, recwarn):
    paths = [KINDS[kind](tmp_path) for kind in ("dicom rle", "jpeg", "png palette", "tiff pages")]
    ids = {path: read_image(path).image_id for path in paths}
    wrong = []

    def read_all():
        for path in paths * 5:
            if read_image(path).image_id != ids[path]:
                wrong.append(path)

    threads = [threading.Thread(target=read_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert not recwarn.list


def test_files_of_endless_parts_are_refused_quickly(tmp_path):
    png = KINDS["png"](tmp_path)
    empty_part = struct.pack(">I", 0) + b"teXt" + struct.pack(">I", zlib.crc32(b"teXt"))
    png.write_bytes(png.read_bytes()[:33] + empty_part * 1_000_000)
    jpeg = tmp_path / "film.jpg"
    jpeg.write_bytes(b"\xff\xd8" + b"\xff\xe0\x00\x02" * 1_000_000)
    dicom = KINDS["dicom implicit"](tmp_path)
    dicom.write_bytes(dicom.read_bytes() + struct.pack("<HHI", 0x7FE1, 1, 0) * 1_000_000)
    tiff = tmp_path / "film.tif"
    # Two directories of 65535 entries that share most of their bytes, and so on.
    pages = b"".join(struct.pack("<H", 65535) + struct.pack("<I", 8 + 6 * (i + 1)) for i in range(1000))
    tiff.write_bytes(b"II*\x00" + struct.pack("<I", 8) + pages + bytes(12 * 65536))
    for path in (png, jpeg, dicom, tiff):
        started = time.perf_counter()
        with pytest.raises(UnreadableImageError):
            read_image(path)
        assert time.perf_counter() - started < 10
