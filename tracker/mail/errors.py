"""What becomes of mails that are not sent."""

import re

NO_MAILBOX = re.compile(r"5\.(?:1\.(?![789]\b)\d{1,3}|2\.1)\b")
"""Enhanced status codes that say that there is no such mailbox, for anybody's mail (RFC 3463: 1.x
the address, but for 1.7 to 1.9, which are about the sender's; 2.1 a mailbox that is off)."""


class Unreachable(Exception):
    """The relay cannot be talked to. Nothing was sent."""


class Refused(Exception):
    """The relay said no. Nothing was sent; `permanent` (5xx) says that trying again is no use,
    `mailbox` that this is because there is no such mailbox, for anybody's mail."""

    def __init__(self, message: str, *, permanent: bool, mailbox: bool = False) -> None:
        self.permanent, self.mailbox = permanent, permanent and mailbox
        super().__init__(message)


class Unanswered(Exception):
    """The mail was handed over whole, and no answer came. It may have been accepted."""


class Withheld(Exception):
    """Its reader may no longer see what a mail is about, or it is needed no more."""
