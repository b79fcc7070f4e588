"""What becomes of mails that are not sent."""


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
