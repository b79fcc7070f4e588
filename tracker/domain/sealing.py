"""Secrets that have to be read again, encrypted where they are kept: a copy of the database alone
opens nothing. Keys are derived from SECRET_KEY; those of SECRET_KEYS_FORMER still read.

The package takes 8 MB, and most processes never seal: it is imported when one does.
"""

import re
from base64 import urlsafe_b64encode
from functools import lru_cache
from typing import TYPE_CHECKING

from tracker.domain.installation import chosen

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet


SEALED = re.compile(r"[\w-]+={0,2}", re.ASCII)
"""Bytes as Fernet writes them (RFC 4648, 5)."""


class Unreadable(Exception):
    """It was sealed with a key that is not here, or for something else."""


def sealed(text: str, about: str) -> str:
    """The text, encrypted and authenticated, for the row that `about` names and no other."""
    return _keys(about).encrypt(text.encode()).decode()


def unsealed(kept: str, about: str) -> str:
    """The text again. Raises Unreadable, also where something stands behind it: base64 is read by
    whoever decrypts as if that were not there."""
    from cryptography.fernet import InvalidToken

    if len(kept) % 4 or not SEALED.fullmatch(kept):
        raise Unreadable
    try:
        return _keys(about).decrypt(kept.encode()).decode()
    except InvalidToken as error:
        raise Unreadable from error


def renewed(kept: str, about: str) -> str:
    """The same, sealed with the present key. Raises Unreadable."""
    from cryptography.fernet import InvalidToken

    try:
        return _keys(about).rotate(kept.encode()).decode()
    except InvalidToken as error:
        raise Unreadable from error


def _keys(about: str) -> "MultiFernet":
    settings = chosen()
    return _derived((settings.secret_key, *(settings.secret_keys_former or ())), about)


@lru_cache(100)
def _derived(secrets: tuple[bytes, ...], about: str) -> "MultiFernet":
    """Keys for this one purpose (RFC 5869)."""
    from cryptography.fernet import Fernet, MultiFernet
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    info = b"tracker sealed " + about.encode()
    made = (HKDF(SHA256(), length=32, salt=None, info=info).derive(each) for each in secrets)
    return MultiFernet([Fernet(urlsafe_b64encode(each)) for each in made])
