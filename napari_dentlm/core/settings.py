"""What the program remembers for its user from one start to the next."""

import json
import logging
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.files import write_text
from napari_dentlm.core.pseudonym import user_salt_file

logger = logging.getLogger(__name__)


class Settings(BaseModel):
    """The user's settings; what a newer program added is kept.

    Parameters
    ----------
    notice
        Version of the notice that the user has understood; 0 before that.
    reader
        Name that the reader's acts carried last; empty before one was typed.
    model
        Folder of the model that the user switched to; empty for the one that came with the program.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    notice: int = 0
    reader: str = ""
    model: str = ""


def settings_file() -> Path:
    """Where the settings lie: beside the salt of the pseudonyms, so in DENTLM_SETTINGS where that is set."""
    return user_salt_file().with_name("settings.json")


def load_settings() -> Settings:
    """Read the settings; a file that is missing, damaged or cannot be read gives the defaults."""
    try:
        return Settings.model_validate_json(settings_file().read_bytes())
    except FileNotFoundError:
        return Settings()
    except (OSError, ValidationError) as error:
        logger.warning("the settings cannot be read, so the defaults count: %s", type(error).__name__)
        return Settings()


def change_settings(**changes: Any) -> Settings:
    """Change some settings, as they stand in the file now, and write them.

    Parameters
    ----------
    changes
        Fields of `Settings` with their new values.

    Returns
    -------
    Settings
        All settings after the change.

    Raises
    ------
    DentLMError
        When the file cannot be written.
    """
    settings = Settings.model_validate(load_settings().model_dump() | changes)
    path = settings_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, json.dumps(settings.model_dump(), indent=1) + "\n")
    except OSError as error:
        reason = f"{path.name}: your choice counts for now, but cannot be remembered ({error.strerror})."
        raise DentLMError(reason) from error
    return settings
