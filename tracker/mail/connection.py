"""One connection to a relay: the way in, and a mail over it in two halves, before the final dot and
from it on."""

import asyncio
import base64
import re
import ssl
from dataclasses import dataclass
from functools import cached_property
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

from tracker.mail.errors import NO_MAILBOX, Refused, Unanswered, Unreachable
from tracker.mail.wire import Reply, Wire

CONNECT_SECONDS = 10.0
PORTS = {"smtp": 25, "smtps": 465}


@dataclass(frozen=True)
class Way:
    """Where a relay is, how to get in, and who we are: a sender's address and a host's name.
    Each reply is waited for so many seconds."""

    url: str
    sender: str
    hostname: str
    seconds: float

    @property
    def entering(self) -> float:
        """Seconds for each step on the way in."""
        return min(CONNECT_SECONDS, self.seconds)

    @property
    def name(self) -> str:
        """The relay, as the ledger and logs name it."""
        parts = urlsplit(self.url)
        return f"{parts.hostname}:{parts.port or PORTS[parts.scheme]}"

    @cached_property
    def secure(self) -> ssl.SSLContext:
        """Whom we trust. Reading that takes longer than handing over ten mails."""
        return ssl.create_default_context()


class Connection:
    """A connection, kept from one mail to the next: `begin`, then `finish`."""

    def __init__(self, way: Way, wire: Wire, can: frozenset[str]) -> None:
        self._way, self._wire = way, wire
        self._pipelining, self._notifies = "PIPELINING" in can, "DSN" in can
        self._reset = False
        self._midway = False
        self.mails = 0
        """Handed over so far."""

    @classmethod
    async def open(cls, way: Way) -> Self:
        """A new one, encrypted and signed in as the address says. Raises Unreachable."""
        wire = Wire()
        try:
            return cls(way, wire, await _enter(way, wire))
        except (OSError, ValueError) as error:  # the latter for a host's name that is none
            wire.close()
            raise Unreachable(f"{way.name}: {_said_by(error)}") from error
        except BaseException:
            wire.close()
            raise

    @property
    def usable(self) -> bool:
        """Whether another mail can go over it."""
        return not (self._midway or self._wire.lost or self._wire.unasked)

    async def alive(self) -> bool:
        """Whether the relay still answers, after a pause."""
        try:
            self._wire.write(b"RSET\r\n")
            answered = (await self._wire.reply(self._way.seconds)).code == 250
        except OSError:
            return False
        return answered and self.usable

    async def begin(
        self, recipient: str, content: bytes, *, sender: str = "", copy_to: str = ""
    ) -> bool:
        """Hand the mail over, all but its final dot; from `sender`, if not from whom all mails are,
        and with a copy to another mailbox, whose bounces nobody wants (RFC 3461). Returns whether
        there will be a copy: the mail goes without one, too. Raises Unreachable or Refused."""
        commands = _envelope(sender or self._way.sender, recipient)
        copy = _copied(copy_to, notifies=self._notifies) if copy_to else b""
        if copy:
            commands.insert(2, copy)
        if self._reset:
            commands = [b"RSET\r\n", *commands]
        self._midway, self._reset = True, False
        try:
            refusal, goes_twice = await self._asked(commands, copy)
            if refusal is None:
                self._wire.write(_stuffed(content))
                await self._wire.drained(self._way.seconds)
                return goes_twice
        except OSError as error:
            self._wire.close()
            raise Unreachable(f"{self._way.name}: {_said_by(error)}") from error
        raise refusal

    async def finish(self) -> None:
        """Send the final dot and hear the answer. Raises Refused or Unanswered; Unreachable when
        the relay had hung up, or said something, before the dot: then there is none."""
        if self._wire.lost or self._wire.unasked:
            self._wire.close()
            raise Unreachable(f"{self._way.name} did not wait for the mail's end")
        try:
            self.dot()
            reply = await self._wire.reply(self._way.seconds)
        except OSError as error:
            self._wire.close()
            raise Unanswered(f"{self._way.name}: {_said_by(error)}") from error
        self._midway, self.mails = False, self.mails + 1
        if 200 <= reply.code < 300:
            return
        if not 400 <= reply.code < 600:
            self._wire.close()
            raise Unanswered(f"{self._way.name} answered {reply}")
        self._after(reply)
        raise refusal(reply)

    def dot(self) -> None:
        """From here on the relay may have accepted the mail."""
        self._wire.write(b".\r\n")

    async def leave(self) -> None:
        """Say good-bye, and hang up."""
        try:
            if self.usable:
                self._wire.write(b"QUIT\r\n")
                await self._wire.reply(1.0)
        except OSError:
            pass  # gone is gone
        finally:
            self._wire.close()

    def close(self) -> None:
        """Hang up at once; what has no final dot is surely not sent."""
        self._wire.close()

    async def _asked(self, commands: list[bytes], copy: bytes) -> tuple[Refused | None, bool]:
        """Say them, in one group where the relay takes it. Returns the first refusal, after which
        the connection is as good as before, or closed where the relay waits for a mail; and whether
        it took the recipient of the copy, which may be refused."""
        found: Refused | None = None
        goes_twice = False
        if self._pipelining:
            self._wire.write(b"".join(commands))
        for command in commands:
            if not self._pipelining:
                self._wire.write(command)
            verb = command[:4]
            reply = await self._wire.reply(self._way.seconds)
            if command == copy:
                goes_twice = reply.code in EXPECTED[verb]
                self._after(reply)
            elif reply.code not in EXPECTED[verb]:
                found = found or refusal(reply, mailbox=verb == b"RCPT")
                self._after(reply)
                if not self._pipelining:
                    break
            elif verb == b"DATA" and found:
                self._wire.close()  # it waits for a mail without a reader; there will be no dot
        if found:
            self._midway, self._reset = False, True
        return found, goes_twice

    def _after(self, reply: Reply) -> None:
        """421 says that the relay hangs up, whatever was asked (RFC 5321, 4.2.1)."""
        if reply.code == 421:
            self._wire.close()


EXPECTED = {b"RSET": (250,), b"MAIL": (250,), b"RCPT": (250, 251), b"DATA": (354,)}


async def _enter(way: Way, wire: Wire) -> frozenset[str]:
    """Connect, encrypt and sign in. Returns what the relay can. Raises OSError."""
    url = urlsplit(way.url)
    host, port = url.hostname or "localhost", url.port or PORTS[url.scheme]
    async with asyncio.timeout(way.entering):
        await asyncio.get_running_loop().create_connection(
            lambda: wire, host, port, ssl=way.secure if url.scheme == "smtps" else None
        )
    await _said(way, wire, None, 220)
    can = await _greeted(way, wire)
    if parse_qs(url.query).get("starttls") == ["1"]:
        await _said(way, wire, b"STARTTLS", 220)
        await wire.secure(way.secure, host, way.entering)
        can = await _greeted(way, wire)
    if url.username:
        await _signed_in(way, wire, can, unquote(url.username), unquote(url.password or ""))
    return frozenset(line.partition(" ")[0].upper() for line in can)


async def _greeted(way: Way, wire: Wire) -> list[str]:
    """What the relay says that it can; nothing from one that knows no EHLO."""
    name = way.hostname.encode("ascii", "replace")
    wire.write(b"EHLO " + name + b"\r\n")
    reply = await wire.reply(way.entering)
    if reply.code == 250:
        return reply.text.splitlines()[1:]
    await _said(way, wire, b"HELO " + name, 250)
    return []


async def _signed_in(way: Way, wire: Wire, can: list[str], user: str, password: str) -> None:
    """AUTH (RFC 4954) as PLAIN or, where that is all there is, LOGIN."""
    offered = {word for line in can if line.upper().startswith("AUTH") for word in line.split()[1:]}
    if "PLAIN" in offered or "LOGIN" not in offered:
        await _said(way, wire, b"AUTH PLAIN " + _base64(f"\0{user}\0{password}"), 235)
        return
    await _said(way, wire, b"AUTH LOGIN", 334)
    await _said(way, wire, _base64(user), 334)
    await _said(way, wire, _base64(password), 235)


async def _said(way: Way, wire: Wire, command: bytes | None, expected: int) -> None:
    if command is not None:
        wire.write(command + b"\r\n")
    reply = await wire.reply(way.entering)
    if reply.code != expected:
        raise ConnectionRefusedError(f"it answered {reply}")


def _said_by(error: Exception) -> str:
    return str(error) or type(error).__name__


def _base64(text: str) -> bytes:
    return base64.b64encode(text.encode())


def _envelope(sender: str, recipient: str) -> list[bytes]:
    """From whom, to whom, and that the mail follows. Raises Refused for what SMTP cannot say."""
    for each in (sender, recipient):
        if not each.isascii() or re.search(r"[\x00-\x20\x7f<>]", each):
            raise Refused(f"cannot be said to a mail relay: {each!r}", permanent=True)
    return [
        f"MAIL FROM:<{sender}>\r\n".encode(),
        f"RCPT TO:<{recipient}>\r\n".encode(),
        b"DATA\r\n",
    ]


def _copied(address: str, *, notifies: bool) -> bytes:
    """A further recipient, of whom nobody wants to hear."""
    return _envelope("", address)[1].replace(b"\r\n", b" NOTIFY=NEVER\r\n" if notifies else b"\r\n")


def _stuffed(content: bytes) -> bytes:
    """Lines that begin with a dot get another one (RFC 5321, 4.5.2)."""
    stuffed = content.replace(b"\n.", b"\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed


def refusal(reply: Reply, *, mailbox: bool = False) -> Refused:
    """Anything that is not clearly permanent may be tried again. Whether it is the mailbox that is
    refused, an enhanced status code says or, where there is none, `mailbox`: that it was asked for
    its recipient."""
    if re.match(r"5\.\d{1,3}\.\d{1,3}\b", reply.text):
        mailbox = bool(NO_MAILBOX.match(reply.text))
    return Refused(str(reply), permanent=500 <= reply.code < 600, mailbox=mailbox)
