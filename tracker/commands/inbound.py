"""Mail that comes in, handed over by a mail server."""

import argparse
import logging
import mailbox
import os
import sys

from tracker.commands import CommandError, in_database, settings_of
from tracker.settings import Settings

TEMPORARILY = os.EX_TEMPFAIL
"""What mail servers try again (sysexits.h)."""


def inbound(options: argparse.Namespace) -> None:
    """Take the mail on standard input (RFC 5322), or with --maildir all new ones in a Maildir, that
    reply to mails of ours: as comments, their files as evidence. Exits with 75 where a mail server
    should try again, and with 0 for whatever was looked at, refused mails included."""
    if settings_of(options).reply_address is None:
        raise CommandError("REPLY_ADDRESS is not set, so no mail of ours takes replies")
    try:
        if options.maildir:
            print(in_database(options, lambda settings: _folder(settings, options.maildir)))
        else:
            raw = sys.stdin.buffer.read()
            print(in_database(options, lambda settings: _one(settings, raw, options.recipient)))
    except CommandError:
        raise
    except Exception:
        logging.getLogger(__name__).exception("the mail has to wait")
        raise SystemExit(TEMPORARILY) from None


async def _one(settings: Settings, raw: bytes, recipient: str) -> str:
    from tracker.workers.inbound import receive

    return (await receive(settings, raw, recipient)).value


async def _folder(settings: Settings, name: str) -> str:
    """Each mail leaves `new` only once it was looked at."""
    from tracker.workers.inbound import receive

    box, taken = mailbox.Maildir(name, create=False), 0
    for key, message in list(box.items()):
        if message.get_subdir() == "new":
            await receive(settings, box.get_bytes(key))
            message.set_subdir("cur")
            message.add_flag("S")
            box[key] = message
            taken += 1
    return f"{taken} mails taken"
