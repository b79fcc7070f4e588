"""Mail that comes in, handed over by a mail server."""

import argparse
import logging
import os
import sys
from urllib.parse import quote

from tracker.commands import CommandError, in_database, settings_of
from tracker.embedded import ServerError
from tracker.preflight import NotReady
from tracker.settings import Settings, SettingsError

TEMPORARILY = os.EX_TEMPFAIL
"""What mail servers try again (sysexits.h)."""


class Later(CommandError):
    """The mail cannot be taken before somebody puts that right; its sender's server keeps it."""

    code = TEMPORARILY


def inbound(options: argparse.Namespace) -> None:
    """Take the mail on standard input (RFC 5322), or with --maildir all new ones in a Maildir:
    replies to mails of ours as comments, their files as evidence, and reports of mails that came
    back or are unwanted. Exits with 75 where a mail server should try again, with a setting that is
    missing or wrong too, and with 0 for whatever was looked at, refused mails included."""
    try:
        print(_taken(options))
    except (CommandError, NotReady, ServerError, SettingsError) as error:
        raise Later(str(error)) from error
    except Exception:
        logging.getLogger(__name__).exception("the mail has to wait")
        raise SystemExit(TEMPORARILY) from None


def _taken(options: argparse.Namespace) -> str:
    settings = settings_of(options)
    if settings.reply_address is None and settings.bounce_address is None:
        raise CommandError("neither REPLY_ADDRESS nor BOUNCE_ADDRESS is set: no mail may come in")
    if options.maildir:
        name = os.path.abspath(options.maildir)
        return in_database(options, lambda settings: _folder(settings, name))
    raw = sys.stdin.buffer.read()
    return in_database(options, lambda settings: _one(settings, raw, options.recipient))


async def _one(settings: Settings, raw: bytes, recipient: str) -> str:
    from tracker.inbound import receive

    return (await receive(settings, raw, recipient)).value


async def _folder(settings: Settings, name: str) -> str:
    """Each mail leaves `new` only once it was looked at."""
    from tracker.inbound.collecting import collect

    return f"{await collect(settings, f'maildir://{quote(name)}')} mails taken"
