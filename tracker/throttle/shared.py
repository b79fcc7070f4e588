"""The counts that all processes share, in Redis."""

import logging
import time
from collections.abc import Sequence

from redis.asyncio import Redis
from redis.exceptions import RedisError

from tracker.settings import Limit
from tracker.throttle.alone import SLOTS

log = logging.getLogger(__name__)

REDIS_SECONDS = 0.5
"""How long an answer of Redis is waited for, and how long it is left alone after none came: what
is counted waits for nobody."""

COUNT = """
local clock = redis.call('TIME')
local now, slots, times = clock[1] + clock[2] / 1000000, tonumber(ARGV[1]), tonumber(ARGV[2])
local wait = 0
for i, key in ipairs(KEYS) do
  local most, span = tonumber(ARGV[2 * i + 1]), tonumber(ARGV[2 * i + 2])
  local oldest, counted, kept = math.floor(now / span) - slots, 0, {}
  local found = redis.call('HGETALL', key)
  for j = 1, #found, 2 do
    local at, number = tonumber(found[j]), tonumber(found[j + 1])
    if at < oldest then
      redis.call('HDEL', key, found[j])
    else
      counted = counted + number
      kept[#kept + 1] = {at, number}
    end
  end
  table.sort(kept, function(a, b) return a[1] < b[1] end)
  for _, each in ipairs(kept) do
    if counted + times <= most then break end
    counted = counted - each[2]
    wait = math.max(wait, (each[1] + slots + 1) * span - now)
  end
end
if wait > 0 then return tostring(wait) end
for i, key in ipairs(KEYS) do
  local span = tonumber(ARGV[2 * i + 2])
  redis.call('HINCRBY', key, string.format('%.0f', math.floor(now / span)), times)
  redis.call('PEXPIRE', key, math.ceil(span * (slots + 1) * 1000))
end
return '0'
"""
"""As `Alone` counts, by the clock of Redis. Arguments: how many slots a window has, how often to
count, and for each key its limit and the seconds of a slot."""


class Away(Exception):
    """Redis does not answer."""


class Shared:
    """Counts in Redis, by a script that runs as a whole or not at all."""

    def __init__(self, address: str | None) -> None:
        assert address, "REDIS_URL is not set, and no embedded server was started"
        self._redis: Redis = Redis.from_url(
            address, socket_connect_timeout=REDIS_SECONDS, socket_timeout=REDIS_SECONDS
        )
        self._count = self._redis.register_script(COUNT)
        self._away_until = 0.0

    async def spend(self, keys: Sequence[tuple[str, Limit]], times: int) -> float:
        """Seconds to wait; 0 when it is counted. Raises Away."""
        if not keys:
            return 0.0
        arguments: list[str | int | float] = [SLOTS, times]
        for _, limit in keys:
            arguments += [limit.most, limit.seconds / SLOTS]
        self._require_hope()
        try:
            return float(await self._count(keys=[key for key, _ in keys], args=arguments))
        except (OSError, RedisError) as error:
            raise self._away(error) from error

    async def forget(self, keys: Sequence[str]) -> None:
        """Begin anew; what cannot be reached is not worth a fault."""
        try:
            self._require_hope()
            await self._redis.delete(*keys)
        except (OSError, RedisError) as error:
            self._away(error)
        except Away:
            return

    async def close(self) -> None:
        """Give connections back."""
        await self._redis.aclose()

    def _require_hope(self) -> None:
        if time.monotonic() < self._away_until:
            raise Away

    def _away(self, error: Exception) -> Away:
        self._away_until = time.monotonic() + REDIS_SECONDS
        log.warning("limits are counted by each process for itself, Redis is away: %s", error)
        return Away()
