"""How a setting is declared, and what is raised when one is wrong."""

from collections.abc import Callable
from dataclasses import field
from typing import Any

from tracker.settings import parse


class SettingsError(Exception):
    """One line naming every setting that is missing or wrong, and what it must look like."""


def setting(
    name: str, read: Callable[[str], Any], default: str, description: str, *, secret: bool = False
) -> Any:
    """A field read from the environment variable `name`; an empty `default` gives None.

    `read` raises ValueError with the rest of a sentence that starts with the setting's name.
    Secrets stay out of `repr`, and so out of logs and tracebacks.
    """
    return field(
        repr=not secret,
        metadata={"name": name, "parse": read, "default": default, "description": description},
    )


def limits_setting(name: str, default: str, what: str) -> Any:
    """A field that holds how often something may be done."""
    return setting(name, parse.limits, default, what)
