"""Pseudonyms of patients: stable for one salt, and not to be turned back without it."""

import hashlib
import hmac
import os
import secrets
import sys
from pathlib import Path
from typing import Self

from napari_dentlm.core.errors import DentLMError

_SALT_BYTES = 32


class Pseudonyms:
    """Gives each patient a pseudonym. The salt stays in a file of the user's own, never in an export.

    Parameters
    ----------
    salt
        Secret bytes; the same salt gives the same pseudonyms.
    """

    def __init__(self, salt: bytes) -> None:
        self._salt = salt

    @classmethod
    def load(cls, salt_file: Path | None = None) -> Self:
        """Pseudonyms with the salt in `salt_file`, by default the user's own; the file is made when missing.

        Raises
        ------
        DentLMError
            When the file is damaged, or cannot be read or made.
        """
        path = salt_file or user_salt_file()
        try:
            if not path.exists():
                _make(path)
            salt = bytes.fromhex(path.read_text(encoding="ascii").strip())
        except OSError as error:
            reason = f"{path.name}: the salt of the pseudonyms cannot be read or made ({error.strerror})."
            raise DentLMError(reason) from error
        except ValueError as error:
            raise DentLMError(f"{path.name}: the salt of the pseudonyms is damaged. {_ADVICE}") from error
        if len(salt) < _SALT_BYTES:
            raise DentLMError(f"{path.name}: the salt of the pseudonyms is too short. {_ADVICE}")
        return cls(salt)

    @classmethod
    def for_once(cls) -> Self:
        """Pseudonyms that tell patients apart in one table only, where the user's own salt cannot be had."""
        return cls(secrets.token_bytes(_SALT_BYTES))

    def of(self, patient_id: str | None, folder: Path) -> str:
        """Pseudonym of a patient: of the DICOM PatientID, or without one, of the image's folder."""
        known = patient_id.strip() if patient_id else ""
        text = f"id:{known}" if known else f"folder:{folder.resolve()}"
        digest = hmac.new(self._salt, text.encode("utf-8", "surrogateescape"), hashlib.sha256)
        return f"P{digest.hexdigest()[:12]}"


_ADVICE = "Restore it from a backup; without it, patients get new pseudonyms."


def user_salt_file() -> Path:
    """Where the user's own salt lies: in DENTLM_SETTINGS where that is set, else in the user's settings."""
    if chosen := os.environ.get("DENTLM_SETTINGS"):
        return Path(chosen) / "pseudonym-salt"
    if sys.platform == "win32":
        base = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    else:
        base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return base / "napari-dentlm" / "pseudonym-salt"


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, secrets.token_hex(_SALT_BYTES).encode("ascii"))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        # A link fails when another program made its salt first: then that one counts for both.
        os.link(temporary, path)
    except FileExistsError:
        pass
    except OSError:
        os.replace(temporary, path)
        return
    temporary.unlink()
