"""The settings: one frozen object read from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from tracker.settings import parse
from tracker.settings.declare import SettingsError
from tracker.settings.installation import InstallationSettings
from tracker.settings.limits import LimitSettings
from tracker.settings.mail import MailSettings
from tracker.settings.parse import Limits
from tracker.settings.secret import kept_secret


@dataclass(frozen=True, kw_only=True)
class Settings(LimitSettings, MailSettings, InstallationSettings):
    """What an installation decides; `dataclasses.replace` makes variations. The list of settings
    begins with those of the last class that is named."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Read every setting; an empty variable counts as not set.

        Raises SettingsError naming all bad values at once. Makes the secret key's file in the
        data folder when it is needed and absent.
        """
        values, errors = _read(environ)
        if not errors and not values["secret_key"] and not _may_make_secret(values):
            errors.append("SECRET_KEY is not set, and DATABASE_URL names a database for real use")
        if not errors and values["database_owner_url"] and not values["database_url"]:
            errors.append("DATABASE_OWNER_URL is set, and DATABASE_URL is not")
        if not errors and bool(values["journal_address"]) != bool(values["journal_box"]):
            errors.append("JOURNAL_ADDRESS and JOURNAL_BOX are of no use without each other")
        if errors:
            raise SettingsError("; ".join(errors))
        values["base_url"] = (
            values["base_url"] or f"http://{parse.host(values['host'])}:{values['port']}"
        )
        values["secret_key"] = values["secret_key"] or kept_secret(values["data_dir"])
        return cls(**values)

    def limits(self, kind: str) -> Limits:
        """How often something of that kind may be done; its field is `limit_<kind>`."""
        found: Limits = getattr(self, f"limit_{kind}")
        return found

    def to_environment(self) -> dict[str, str]:
        """The variables from which `from_environment` makes an equal object in a child process."""
        values = {f.metadata["name"]: getattr(self, f.name) for f in fields(self)}
        return {name: parse.text(value) for name, value in values.items() if value is not None}


def _read(environ: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """The values by field name, and one complaint for each that cannot be read."""
    values: dict[str, Any] = {}
    errors: list[str] = []
    for each in fields(Settings):
        meta = each.metadata
        text = environ.get(meta["name"], "").strip() or meta["default"]
        try:
            values[each.name] = meta["parse"](text) if text else None
        except ValueError as error:
            errors.append(f"{meta['name']} {error}")
    return values, errors


def _may_make_secret(values: Mapping[str, Any]) -> bool:
    """A generated key lives in one machine's data folder: wrong as soon as two share a database."""
    return values["demonstration"] or not values["database_url"]
