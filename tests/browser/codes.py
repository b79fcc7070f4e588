"""Codes by the clock, as an app on a phone makes them (RFC 6238)."""

import base64
import hmac
import struct
import time


def code(secret: str, ahead: int = 0) -> str:
    """The six digits of the present 30 seconds, or of those so many steps ahead."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30 + ahead), "sha1")
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"
