"""What the commands do, one module a family; `tracker/__main__.py` says how they are called.

Each calls one function of the part that does the work, imported only after the settings and the
input were found good: a mistake is answered at once.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from tracker.demo import ENVIRONMENT, address_of
from tracker.embedded import servers
from tracker.preflight import require_answers
from tracker.settings import Settings
from tracker.settings.parse import SECRET_CHARACTERS

if TYPE_CHECKING:
    from tracker.domain.actor import Actor

T = TypeVar("T")


class CommandError(Exception):
    """A command cannot do what was asked; one line that says why and what to change."""

    code = 1
    """What the process exits with."""


def settings_of(options: argparse.Namespace, defaults: dict[str, str] | None = None) -> Settings:
    """From the environment, under the options of the command line."""
    given = {"DATA_DIR": options.data, "PORT": options.port}
    return Settings.from_environment(
        {**(defaults or {}), **os.environ, **{k: v for k, v in given.items() if v is not None}}
    )


def _addressed(settings: Settings) -> Settings:
    """The same; links lead to the demonstration that runs in the data folder, and mails say what
    its mails say, unless the environment says where to."""
    where = address_of(settings.data_dir)
    if os.environ.get("BASE_URL") or os.environ.get("PORT") or where is None:
        return settings
    contact = settings.contact_address or ENVIRONMENT["CONTACT_ADDRESS"]
    return replace(settings, base_url=where, contact_address=contact)


@contextmanager
def running(settings: Settings) -> Iterator[Settings]:
    """Settings whose servers answer: those configured, or embedded ones."""
    asyncio.run(require_answers(settings))
    with servers(settings) as running:
        yield running


def in_database(
    options: argparse.Namespace, work: Callable[[Settings], Coroutine[Any, Any, T]]
) -> T:
    """The result of work that reads or writes a database that is there and complete."""
    from tracker.domain.database import connected
    from tracker.migrations import is_current

    async def inside(settings: Settings) -> T:
        async with connected(settings):
            if not await is_current():
                raise CommandError("the database lacks tables: run `tracker migrate` first")
            return await work(settings)

    _require_database(options)
    with running(_addressed(settings_of(options))) as found:
        return asyncio.run(inside(found))


def plainly(
    work: Callable[[Settings], Coroutine[Any, Any, T]],
) -> Callable[[Settings], Coroutine[Any, Any, T]]:
    """The same; what it refuses is said without names of fields: a command has none."""

    async def done(settings: Settings) -> T:
        from tracker.domain.errors import Invalid

        try:
            return await work(settings)
        except Invalid as refusal:
            said = [str(each) for messages in refusal.fields.values() for each in messages]
            raise CommandError(" ".join(said)) from refusal

    return done


def _require_database(options: argparse.Namespace) -> None:
    """Raises CommandError where there is none. Looked at with a key of no use, because without one
    the settings make the data folder for it."""
    settings = settings_of(options, {"SECRET_KEY": "-" * SECRET_CHARACTERS})
    if settings.database_url is None and not (settings.data_dir / "servers").exists():
        raise CommandError(
            f"there is no database in {settings.data_dir} and DATABASE_URL is not set: name one,"
            " or another folder with --data, or make one with `tracker migrate`"
        )


async def actor_of(email: str) -> "Actor":
    """Who has this address. Raises CommandError when nobody does."""
    from tracker.domain.people.queries import actor_by_email

    found = await actor_by_email(email)
    if found is None:
        raise CommandError(f"nobody here has the address {email}")
    return found


def read(name: str) -> bytes:
    """The file's bytes, or standard input's for -. Raises CommandError."""
    try:
        if name == "-":
            return sys.stdin.buffer.read()
        with open(name, "rb") as file:
            return file.read()
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}") from error


def write(name: str | None, text: str) -> None:
    """To the file, which is whole or as it was before; else to standard output."""
    if name is None:
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    part = f"{name}.part"
    try:
        with open(part, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        os.replace(part, name)
    except OSError as error:
        raise CommandError(f"{name} cannot be written: {error.strerror}") from error
