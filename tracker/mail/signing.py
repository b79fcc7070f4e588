"""DKIM signatures (RFC 6376; Ed25519: RFC 8463), part of a mail's bytes before they are frozen.

Kept libraries sign in Python alone, at ten milliseconds and more a mail; OpenSSL takes less than
one. Tests verify with one of them.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from tracker.settings import DkimKey

SIGNED = (
    *("from", "to", "subject", "date", "message-id", "reply-to", "mime-version", "content-type"),
    *("content-transfer-encoding", "content-language", "auto-submitted"),
    *("list-id", "list-unsubscribe", "list-unsubscribe-post"),
)
"""Headers that are signed if they are there. RFC 8058 wants the last two covered."""

ALONE = ("from", "to", "subject", "date", "reply-to")
"""Signed once more than they are there, so that nobody can add another one on the way."""

RSA_BITS = 1024, 4096
"""RFC 8301: what verifiers take. Less than 2048 is not advised."""


class NoKey(Exception):
    """A file that holds no key to sign with, and why. Mails wait until it does."""


@dataclass(frozen=True)
class Signer:
    """A key, and where its other half is published: `selector._domainkey.domain`."""

    domain: str
    selector: str
    key: RSAPrivateKey | Ed25519PrivateKey

    @classmethod
    def of(cls, domain: str, selector: str, file: Path) -> Self:
        """From a PEM file. Raises NoKey."""
        try:
            key = load_pem_private_key(file.read_bytes(), password=None)
        except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise NoKey(f"{file}: {error}") from error
        if isinstance(key, RSAPrivateKey) and RSA_BITS[0] <= key.key_size <= RSA_BITS[1]:
            return cls(domain, selector, key)
        if isinstance(key, Ed25519PrivateKey):
            return cls(domain, selector, key)
        raise NoKey(f"{file}: neither RSA of 1024 to 4096 bits nor Ed25519")

    @property
    def record(self) -> tuple[str, str]:
        """The name and the text of the DNS record (TXT) by which others verify."""
        public = self.key.public_key()
        if isinstance(self.key, RSAPrivateKey):
            kind, data = "rsa", public.public_bytes(
                Encoding.DER, PublicFormat.SubjectPublicKeyInfo
            )  # fmt: skip
        else:
            kind, data = "ed25519", public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        text = f"v=DKIM1; k={kind}; p={base64.b64encode(data).decode()}"
        return f"{self.selector}._domainkey.{self.domain}", text

    def signature(self, headers: Sequence[tuple[str, str]], body_hash: str, at: datetime) -> bytes:
        """The DKIM-Signature line for these headers (lower case names, relaxed values)."""
        there = [name for name, _ in headers if name in SIGNED]
        listed = [*there, *(name for name in ALONE if name in there)]
        algorithm = "rsa-sha256" if isinstance(self.key, RSAPrivateKey) else "ed25519-sha256"
        line = (
            f"v=1; a={algorithm}; c=relaxed/relaxed; d={self.domain}; s={self.selector};"
            f" t={int(at.timestamp())};\r\n h={_folded(':'.join(listed), ':')};\r\n"
            f" bh={body_hash};\r\n b="
        )
        # Several of one name count from the last to the first; beyond the first there is nothing.
        left: dict[str, list[str]] = {}
        for name, value in headers:
            left.setdefault(name, []).append(value)
        said = (f"{name}:{left[name].pop()}\r\n" for name in listed if left[name])
        text = f"{''.join(said)}dkim-signature:{_relaxed(line)}"
        found = base64.b64encode(self._signed(text.encode())).decode()
        return f"DKIM-Signature: {line}{_folded(found)}\r\n".encode()

    def _signed(self, data: bytes) -> bytes:
        if isinstance(self.key, RSAPrivateKey):
            return self.key.sign(data, PKCS1v15(), hashes.SHA256())
        return self.key.sign(hashlib.sha256(data).digest())


@cache
def signers(domain: str, keys: tuple[DkimKey, ...]) -> tuple[Signer, ...]:
    """For these keys. Read once in a process. Raises NoKey."""
    return tuple(Signer.of(domain, key.selector, key.file) for key in keys)


def signed(content: bytes, by: Sequence[Signer], at: datetime) -> bytes:
    """The mail (CRLF) with a signature of each on top."""
    if not by:
        return content
    head, _, body = content.partition(b"\r\n\r\n")
    unfolded = re.sub(r"\r\n(?=[ \t])", "", head.decode("ascii")).split("\r\n")
    pairs = (line.partition(":") for line in unfolded)
    headers = [(name.strip().lower(), _relaxed(value)) for name, _, value in pairs]
    body_hash = base64.b64encode(hashlib.sha256(_relaxed_body(body)).digest()).decode()
    return b"".join([*(each.signature(headers, body_hash, at) for each in by), content])


def _relaxed(value: str) -> str:
    """RFC 6376, 3.4.2: unfolded, runs of white space as one, none at the ends. Our headers have no
    other white space than blanks, tabs and line ends."""
    return " ".join(value.split())


def _relaxed_body(body: bytes) -> bytes:
    """RFC 6376, 3.4.4: the same for each line; no empty lines at the end, but for one line's."""
    found = body.replace(b"\t", b" ")
    while b"  " in found:  # a few times at most, and thirty times as fast as an expression
        found = found.replace(b"  ", b" ")
    found = found.replace(b" \r\n", b"\r\n").removesuffix(b" ")
    whole = len(found)
    while whole and found.endswith(b"\r\n", 0, whole):
        whole -= 2
    return found[:whole] + b"\r\n" if whole else b""


def _folded(text: str, after: str = "") -> str:
    """In lines of 70 characters at most; white space does not count there."""
    if not after:
        return "\r\n ".join(text[start : start + 70] for start in range(0, len(text), 70))
    lines, line = [], ""
    for part in text.split(after):
        if line and len(line) + len(part) > 70:
            lines.append(line)
            line = ""
        line += part + after
    return "\r\n ".join([*lines, line.removesuffix(after)])
