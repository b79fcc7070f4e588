"""What others say of a mail, without what it carries: servers like to quote senders, recipients and
links, and what they say is shown to those who run the tracker, kept, and logged."""

import re

from tracker.domain.problems import UNSTORABLE

SECRET = re.compile(
    r"(?<![a-z0-9])(\d{1,10})-[a-z2-7]{26}(?![a-z0-9])"  # an address of one mail (`tokens`)
    r"|[\w-]{32,}={0,2}",  # what is sealed, and what opens something: 43 characters and more
    re.IGNORECASE | re.ASCII,
)


def masked(text: str) -> str:
    """The same, but for tokens and secrets; the number of the mail stays."""
    return SECRET.sub(lambda found: f"{found[1]}-…" if found[1] else "…", text)


def kept(text: str, most: int = 1000) -> str:
    """Of that, so many characters as a row has room for, and none that PostgreSQL does not take: a
    server may say anything."""
    return UNSTORABLE.sub("\ufffd", masked(text)[:most])
