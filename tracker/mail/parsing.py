"""A mail as a stranger sent it, read so that nothing in it keeps the others waiting.

The library's headers raise a dozen kinds of errors at what is written wrong, and take minutes over
what is long or nested. Here such a header says nothing.
"""

from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import EmailPolicy
from itertools import count
from typing import Any, cast

HEADER_MOST, OPENINGS_MOST = 2_000, 40
"""Characters of a header that is taken apart, and how many of them open something in it."""

PARTS_MOST = 100
"""Of one mail, those of mails that it encloses included."""

HEAD_BYTES_MOST, LINES_MOST = 500_000, 700_000
"""Of a mail: files of 40 MB have 530,000 lines in base64."""

LOOKS_MOST = 20_000_000
"""Parts times lines: the library asks of each line whether it ends any part that it stands in."""


class _Patient(EmailPolicy):
    def header_fetch_parse(self, name: str, value: str) -> Any:
        try:
            if len(value) <= HEADER_MOST and sum(map(value.count, '("[<')) <= OPENINGS_MOST:
                return super().header_fetch_parse(name, value)
        except Exception:  # noqa: BLE001, S110 - its ways to say no are not written down anywhere
            pass
        return self.header_factory(name, "")


POLICY = _Patient()


class Unreadable(ValueError):
    """A mail that nobody wrote for people to read."""


def parsed(raw: bytes) -> EmailMessage:
    """The mail of RFC 5322 bytes. Raises Unreadable for one that would take long: of too many
    lines, headers or parts."""
    lines = max(raw.count(b"\n"), raw.count(b"\r"))
    if lines > LINES_MOST or _head_bytes(raw) > HEAD_BYTES_MOST:
        raise Unreadable("of too many lines")
    most = min(PARTS_MOST, LOOKS_MOST // max(lines, 1))
    parts = count(1)

    def made(policy: Any) -> EmailMessage:
        if next(parts) > most:
            raise Unreadable(f"of more than {most} parts")
        return EmailMessage(policy)

    counting: Any = POLICY.clone(message_factory=cast(Any, made))
    mail = cast(EmailMessage, message_from_bytes(raw, policy=counting))
    for part in mail.walk():
        # The library looks for the first part of such a one, whether or not there is any.
        if part.get_content_type() == "multipart/related" and not parts_of(part):
            part.replace_header("Content-Type", "multipart/mixed")
    return mail


def head_of(raw: bytes) -> bytes:
    """The headers alone of RFC 5322 bytes."""
    return raw[: _head_bytes(raw)]


def _head_bytes(raw: bytes) -> int:
    ends = (raw.find(end) for end in (b"\n\n", b"\n\r\n", b"\r\r"))
    return min((end for end in ends if end >= 0), default=len(raw))


def parts_of(mail: Message) -> list[Message]:
    """The parts of which it is put together; for a mail that it encloses, that mail."""
    found = mail.get_payload() if mail.is_multipart() else []
    return [each for each in found if isinstance(each, Message)]


def written(mail: EmailMessage, name: str) -> list[str]:
    """The values of a header as they stand in the mail, on one line each: nothing in them is
    decoded or put right."""
    wanted = name.lower()
    return [
        " ".join(str(value).split()) for each, value in mail.raw_items() if each.lower() == wanted
    ]
