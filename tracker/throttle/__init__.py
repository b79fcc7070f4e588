"""How often anybody may do what others could be harmed by: sign-in, mails, uploads, the API.

    await require_room("sign_in", email, Address(host))

Counted in Redis, for all processes together, by one script that looks at all keys and then counts
for all or for none. While Redis is away each process counts for itself, with the same limits:
never is anything let through uncounted. Keys are kept as keyed hashes, so that Redis holds no
addresses, neither of people nor of machines.
"""

import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from typing import Literal

from tracker.settings import Limit, Settings
from tracker.throttle.alone import Alone
from tracker.throttle.leases import Leases
from tracker.throttle.shared import Away, Shared

Kind = Literal["sign_in", "mail", "api", "upload", "export", "invitation", "trial"]
"""What is counted; the setting `LIMIT_…` of that name says how often."""


class Address(str):
    """Where a request came from. Several people may share it, so its limits are wider."""

    __slots__ = ()

    @property
    def counted(self) -> str:
        """What is counted as one: of IPv6 the network, whose holder has all addresses in it."""
        try:
            address = ip_address(self)
        except ValueError:
            return str(self)
        if not isinstance(address, IPv6Address):
            return str(address)
        return str(address.ipv4_mapped or IPv6Address(int(address) >> 64 << 64))


class TooOften(Exception):
    """Once more would be too often; there is room again in so many seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"too often; again in {seconds:.0f} s")


async def spend(kind: Kind, *keys: str, times: int = 1) -> float:
    """Count one more for each key, an account's name or an `Address`, if all of them have room.

    Returns 0 when it is counted; else the seconds to wait, and nothing is counted. Needs
    `throttling(settings)` around it.
    """
    return await _counting().spend(kind, keys, times)


async def require_room(kind: Kind, *keys: str) -> None:
    """`spend`, which raises TooOften instead of telling the seconds."""
    if seconds := await spend(kind, *keys):
        raise TooOften(seconds)


async def require_room_for_call(key: str) -> None:
    """Count one request to the API, which is cheaper than `require_room`. Raises TooOften."""
    if seconds := await _counting().call(key):
        raise TooOften(seconds)


async def forget(kind: Kind, *keys: str) -> None:
    """Begin anew for these keys: somebody has shown who they are."""
    await _counting().forget(kind, keys)


class Throttle:
    """The counts of one installation."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._shared, self._alone = Shared(settings.redis_url), Alone()
        self._people = Leases(lambda key, times: self.spend("api", (key,), times))
        self._places = Leases(lambda key, times: self.spend("api", (Address(key),), times))

    async def spend(self, kind: Kind, keys: tuple[str, ...], times: int) -> float:
        """Seconds to wait; 0 when it is counted."""
        limits = [(self._kept_as(kind, key), self._limit(kind, key)) for key in keys]
        counted = [(key, limit) for key, limit in limits if limit.most]
        try:
            return await self._shared.spend(counted, times)
        except Away:
            return self._alone.spend(counted, times)

    async def call(self, key: str) -> float:
        """Seconds to wait before another request to the API."""
        most = self._limit("api", key).most
        leases = self._places if isinstance(key, Address) else self._people
        return await leases.spend(key, most) if most else 0.0

    async def forget(self, kind: Kind, keys: tuple[str, ...]) -> None:
        """Begin anew, here and there."""
        kept = [self._kept_as(kind, key) for key in keys]
        self._alone.forget(kept)
        await self._shared.forget(kept)

    async def close(self) -> None:
        """Give connections back."""
        await self._shared.close()

    def _limit(self, kind: Kind, key: str) -> Limit:
        limits = self._settings.limits(kind)
        return limits.address if isinstance(key, Address) else limits.account

    def _kept_as(self, kind: Kind, key: str) -> str:
        about = f"{'address' if isinstance(key, Address) else 'account'}:"
        plain = key.counted if isinstance(key, Address) else key.strip().casefold()
        digest = hmac.new(self._settings.secret_key, f"throttle:{about}{plain}".encode(), sha256)
        return f"throttle:{kind}:{digest.hexdigest()[:32]}"


_open: list[Throttle] = []


def _counting() -> Throttle:
    assert _open, "nothing is let through uncounted: this needs `throttling(settings)` around it"
    return _open[-1]


@asynccontextmanager
async def throttling(settings: Settings) -> AsyncIterator[Throttle]:
    """Count for the duration of a process. Inside another one, this one counts until it ends."""
    throttle = Throttle(settings)
    _open.append(throttle)
    try:
        yield throttle
    finally:
        _open.remove(throttle)
        await throttle.close()
