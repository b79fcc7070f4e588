"""Tokens that a mail's addresses carry: the number of its delivery under a keyed hash, so that
nobody makes one up. Letters and digits of one case, because mail servers need not keep it."""

import hmac
import re
from base64 import b32encode
from enum import StrEnum
from hashlib import sha256

from tracker.domain.installation import chosen

MAC_BYTES = 16
TOKEN = re.compile(r"(\d{1,10})-([a-z2-7]{26})")
NUMBER_MOST = 2**31 - 1


class Purpose(StrEnum):
    """What an address is for; a token of one opens nothing else."""

    REPLY = "reply"
    BOUNCE = "bounce"


def token_of(purpose: Purpose, delivery_id: int) -> str:
    """What the address carries."""
    return f"{delivery_id}-{_mac(chosen().secret_key, purpose, delivery_id)}"


def delivery_of(purpose: Purpose, token: str) -> int | None:
    """The number of the delivery; None for a token that was made up."""
    match = TOKEN.fullmatch(token.lower())
    if match is None or int(match[1]) > NUMBER_MOST:
        return None
    keys = chosen().secret_key, *(chosen().secret_keys_former or ())
    macs = (_mac(key, purpose, int(match[1])) for key in keys)
    return int(match[1]) if any(hmac.compare_digest(mac, match[2]) for mac in macs) else None


def _mac(key: bytes, purpose: Purpose, delivery_id: int) -> str:
    made = hmac.new(key, f"{purpose}:{delivery_id}".encode(), sha256).digest()[:MAC_BYTES]
    return b32encode(made).decode().rstrip("=").lower()
