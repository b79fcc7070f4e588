"""Mails that a relay takes, refuses, or never sees the end of: what it logs of them is kept beside
this file."""

import smtplib
import sys
from contextlib import suppress

from tests.relay_logs.mails import KEPT, NOBODY, envelope_sender, words


def main(port: int) -> None:
    """Hand over the mails of `mails.py`, by their numbers."""
    _whole(port, 1, KEPT)
    _whole(port, 2, "a@away.example")
    _whole(port, 3, KEPT, "journal@kept.example")
    _midway(port, 4, b"")
    _midway(port, 5, b".\r\n")
    with smtplib.SMTP("127.0.0.1", port) as relay:
        relay.ehlo()
        relay.mail(envelope_sender(6))
        relay.rcpt(KEPT)
        relay.rset()
    _whole(port, 7, KEPT, sender="t@tracker.example.org")
    _whole(port, 8, NOBODY)


def _whole(port: int, number: int, *recipients: str, sender: str = "") -> None:
    with smtplib.SMTP("127.0.0.1", port) as relay, suppress(smtplib.SMTPRecipientsRefused):
        relay.sendmail(sender or envelope_sender(number), recipients, words(number))


def _midway(port: int, number: int, end: bytes) -> None:
    """Hang up without waiting for an answer."""
    relay = smtplib.SMTP("127.0.0.1", port)
    relay.ehlo()
    relay.mail(envelope_sender(number))
    relay.rcpt(KEPT)
    relay.docmd("data")
    relay.send(words(number).encode() + end)
    relay.close()


if __name__ == "__main__":
    main(int(sys.argv[1]))
