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
    """The mail of RFC 5322 bytes. Raises Unreadable for one of too many parts."""
    parts = count(1)

    def made(policy: Any) -> EmailMessage:
        if next(parts) > PARTS_MOST:
            raise Unreadable(f"of more than {PARTS_MOST} parts")
        return EmailMessage(policy)

    counting: Any = POLICY.clone(message_factory=cast(Any, made))
    return cast(EmailMessage, message_from_bytes(raw, policy=counting))


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
