"""The key that an installation of its own makes at its first start."""

import os
import secrets
import tempfile
from pathlib import Path

from tracker.settings import parse
from tracker.settings.declare import SettingsError


def kept_secret(data_dir: Path) -> bytes:
    """The key made by the first start; linked into place whole, so that two starts agree on one."""
    path = data_dir / "secret_key"
    try:
        if not path.exists():
            data_dir.mkdir(parents=True, exist_ok=True)
            # mkstemp's files are readable by their owner only.
            handle, name = tempfile.mkstemp(dir=data_dir, prefix="secret_key.")
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_urlsafe(48))
            try:
                os.link(name, path)
            except FileExistsError:
                pass  # another start was first; its key is the one
            finally:
                os.unlink(name)
        return parse.secret(path.read_text().strip())
    except (OSError, ValueError) as error:
        raise SettingsError(f"SECRET_KEY is not set and {path} cannot be used: {error}") from error
