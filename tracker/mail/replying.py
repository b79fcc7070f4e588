"""The mailbox for replies: what stands behind its plus says which mail is answered."""

from email.utils import parseaddr

from tracker.settings import Settings


def reply_address(settings: Settings, token: str) -> str | None:
    """Where replies to the mail with this token go; None where the installation takes none."""
    if settings.reply_address is None:
        return None
    own, _, domain = parseaddr(settings.reply_address)[1].rpartition("@")
    return f"{own}+{token}@{domain}"


def token_of(settings: Settings, address: str) -> str | None:
    """What stands behind the plus of our mailbox for replies; None for another address."""
    own, _, domain = parseaddr(settings.reply_address or "")[1].lower().rpartition("@")
    local, _, where = address.lower().rpartition("@")
    if not own or where != domain or not local.startswith(f"{own}+"):
        return None
    return local.removeprefix(f"{own}+")
