"""Locks that end with the process that holds them, however it ends."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    # A byte far behind any content: on Windows a locked byte can be read by nobody else.
    _LOCKED_BYTE = 2**30

    def _lock(descriptor: int, *, wait: bool) -> None:
        position = os.lseek(descriptor, 0, os.SEEK_CUR)
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(descriptor, position, os.SEEK_SET)

    def _unlock(descriptor: int) -> None:
        position = os.lseek(descriptor, 0, os.SEEK_CUR)
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
        os.lseek(descriptor, position, os.SEEK_SET)

else:
    import fcntl

    def _lock(descriptor: int, *, wait: bool) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


@contextmanager
def locked(stream: FileIO) -> Iterator[None]:
    """Hold an open file alone among the programs that ask; waits for its turn."""
    _lock(stream.fileno(), wait=True)
    try:
        yield
    finally:
        _unlock(stream.fileno())


class FileLock:
    """A lock file that one process at a time holds; the system frees it when that process dies.

    Parameters
    ----------
    path
        The lock file. It is removed when the lock is given back.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> bool:
        """Take the lock if nobody holds it; False when somebody does.

        Raises
        ------
        OSError
            When the file cannot be made, or the file system knows no locks.
        """
        while True:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                _lock(descriptor, wait=False)
            except (BlockingIOError, PermissionError):
                os.close(descriptor)
                return False
            except OSError:
                os.close(descriptor)
                raise
            if self._is_current(descriptor):
                break
            # The holder removed the file between our opening and our locking: lock the new one.
            os.close(descriptor)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"process {os.getpid()} on {socket.gethostname()}\n".encode())
        self._descriptor = descriptor
        return True

    def holder(self) -> str:
        """Who holds the lock, as far as the file says."""
        try:
            return self._path.read_text(encoding="utf-8", errors="replace").strip() or "another program"
        except OSError:
            return "another program"

    def release(self) -> None:
        """Give the lock back; does nothing when it is not held."""
        if self._descriptor is None:
            return
        if sys.platform != "win32":
            # Removed while still held, so that nobody can take a lock on a file that is about to go.
            self._path.unlink(missing_ok=True)
        os.close(self._descriptor)
        self._descriptor = None
        if sys.platform == "win32":
            with suppress(OSError):
                self._path.unlink(missing_ok=True)

    def _is_current(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), os.stat(self._path))
        except FileNotFoundError:
            return False
