"""Addresses of our own mailboxes with a token behind the plus, which says what mail of ours what
comes there is about: replies, and bounces to the envelope's sender; and the secretariat's."""

from email.utils import parseaddr

from tracker.settings import Settings


def contact_of(settings: Settings) -> str:
    """The secretariat's address, for mails to name; "" where there is none."""
    return parseaddr(settings.contact_address or "")[1]


def with_token(box: str, token: str) -> str:
    """The mailbox's address for the mail with this token."""
    own, _, domain = parseaddr(box)[1].rpartition("@")
    return f"{own}+{token}@{domain}"


def token_in(box: str | None, address: str) -> str | None:
    """What stands behind the plus of our mailbox; None for another address."""
    own, _, domain = parseaddr(box or "")[1].lower().rpartition("@")
    local, _, where = address.lower().rpartition("@")
    if not own or where != domain or not local.startswith(f"{own}+"):
        return None
    return local.removeprefix(f"{own}+")


def is_same(box: str | None, address: str) -> bool:
    """Whether the address is the mailbox's own."""
    return bool(box) and parseaddr(box or "")[1].lower() == address.lower()
