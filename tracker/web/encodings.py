"""How an answer travels: compressed when that is wanted and worth it, and not at all when the
client has it (RFC 9110: 8.8.3, 12.5.3, 13.1.2)."""

import asyncio
import re
import zlib
from hashlib import blake2b

WORTH = 1400
"""Bytes; what fits into one packet gains nothing."""

ASIDE = 500_000
"""Bytes from which compressing runs in a thread, so that nobody waits for it."""

LEVEL = 1
"""The fastest: JSON shrinks to a sixth or less already."""

TAGS_MOST = 1_000
"""Bytes of an If-None-Match. A client has one answer, and so one tag, to a query."""

TAG = re.compile(rb'(?:W/)?("[^"]*")')


def wants_gzip(accepted: bytes) -> bool:
    """Whether gzip is accepted and no less wanted than the plain text."""
    if not accepted:
        return False
    weights = dict(_coding(part) for part in accepted.lower().split(b","))
    gzip = weights.get(b"gzip", weights.get(b"x-gzip", weights.get(b"*", 0.0)))
    return gzip > 0 and gzip >= weights.get(b"identity", 0.0)


def _coding(part: bytes) -> tuple[bytes, float]:
    name, *parameters = (each.strip() for each in part.split(b";"))
    for parameter in parameters:
        key, _, value = parameter.partition(b"=")
        if key.strip() == b"q":
            try:
                return name, float(value)
            except ValueError:
                return name, 0.0
    return name, 1.0


async def gzipped(body: bytes) -> bytes:
    """The body as a gzip file, without a time or a name so that equal bodies stay equal."""
    if len(body) < ASIDE:
        return _gzip(body)
    return await asyncio.to_thread(_gzip, body)


def _gzip(body: bytes) -> bytes:
    packer = zlib.compressobj(LEVEL, wbits=31)
    return packer.compress(body) + packer.flush()


def tag_of(body: bytes, kind: bytes, *, gzip: bool) -> bytes:
    """The entity tag of this body in this media type and encoding."""
    digest = blake2b(body, digest_size=12, person=kind[-16:]).hexdigest()
    return f'"{digest}{"-gzip" if gzip else ""}"'.encode()


def has(if_none_match: bytes, tag: bytes) -> bool:
    """Whether the client's If-None-Match names the tag, compared weakly. A long one is read as
    none: sending an answer again is never wrong."""
    if len(if_none_match) > TAGS_MOST:
        return False
    return if_none_match.strip() == b"*" or tag in TAG.findall(if_none_match)
