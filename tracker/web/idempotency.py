"""The `Idempotency-Key` of a request, after the IETF draft of that name."""

import re
from collections.abc import Mapping

STRING = re.compile(r'"((?:[^"\\]|\\["\\])*)"')
"""A string of RFC 8941, the form that the draft asks for; plain texts are common and taken too."""


def key_of(headers: Mapping[bytes, bytes]) -> str | None:
    """The key that counts for the request's mutations, unless they have their own; None without
    the header."""
    given = headers.get(b"idempotency-key", b"").decode("latin-1").strip()
    if not given:
        return None
    quoted = STRING.fullmatch(given)
    return re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else given
