"""Mail that comes in, handed over by a mail server."""

import argparse
import logging
import os
import sys
from urllib.parse import quote

from tracker.commands import CommandError, in_database, settings_of
from tracker.settings import Settings

TEMPORARILY = os.EX_TEMPFAIL
"""What mail servers try again (sysexits.h)."""


def inbound(options: argparse.Namespace) -> None:
    """Take the mail on standard input (RFC 5322), or with --maildir all new ones in a Maildir:
    replies to mails of ours as comments, their files as evidence, and reports of mails that came
    back or are unwanted. Exits with 75 where a mail server should try again, and with 0 for
    whatever was looked at, refused mails included."""
    settings = settings_of(options)
    if settings.reply_address is None and settings.bounce_address is None:
        raise CommandError("neither REPLY_ADDRESS nor BOUNCE_ADDRESS is set: no mail may come in")
    try:
        if options.maildir:
            print(
                in_database(
                    options, lambda settings: _folder(settings, os.path.abspath(options.maildir))
                )
            )
        else:
            raw = sys.stdin.buffer.read()
            print(in_database(options, lambda settings: _one(settings, raw, options.recipient)))
    except CommandError:
        raise
    except Exception:
        logging.getLogger(__name__).exception("the mail has to wait")
        raise SystemExit(TEMPORARILY) from None


async def _one(settings: Settings, raw: bytes, recipient: str) -> str:
    from tracker.inbound import receive

    return (await receive(settings, raw, recipient)).value


async def _folder(settings: Settings, name: str) -> str:
    """Each mail leaves `new` only once it was looked at."""
    from tracker.inbound.collecting import collect

    return f"{await collect(settings, f'maildir://{quote(name)}')} mails taken"
