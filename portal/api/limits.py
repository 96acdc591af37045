"""How often a key may call: a burst per key and a count per firm and day, taken in one atomic step in Redis.

While Redis is away nobody is turned away for a burst, and the day's count goes on in PostgreSQL, which keeps it anyway:
a tier's quota holds, only bursts do not.
"""

import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from math import ceil

import redis
from django.conf import settings

from tenants.isolation import tenant_scope
from tenants.models import ApiKey
from tenants.services import usage
from tenants.tiers import LIMITS, Tier

log = logging.getLogger("lagom.api")
BURST = 20  # calls at once, refilled at as many a second
SILENCE = 5.0  # seconds for which a Redis that did not answer is not asked again

# GCRA: the key holds the time at which the bucket will be full again. Returns what happened, what is left of the burst
# and of the day, and after how many milliseconds to come back. A day that Redis does not know is counted from `seed`.
BUCKET = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local burst, most, seed, left = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local every = 1000 / burst
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local wait = full + every - burst * every - now
if wait > 0 then return {'burst', 0, 0, math.ceil(wait)} end
local used = redis.call('GET', KEYS[2])
if not used then
  if seed < 0 then return {'unknown', 0, 0, 0} end
  redis.call('SET', KEYS[2], seed, 'EX', left)
  used = seed
end
if tonumber(used) >= most then return {'day', 0, 0, 0} end
redis.call('SET', KEYS[1], string.format('%.3f', full + every), 'PX', 2000)
used = redis.call('INCR', KEYS[2])
return {'yes', math.floor(-wait / every), most - used, 0}
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a call may go on, and what its answer says of the limits; reset and retry_after in seconds."""

    allowed: bool
    limit: int
    remaining: int
    reset: int
    retry_after: int = 0
    burst: bool = False

    def headers(self) -> dict[str, str]:
        """Return the headers that tell it."""
        told = {"Limit": self.limit, "Remaining": self.remaining, "Reset": self.reset}
        return {f"RateLimit-{name}": str(value) for name, value in told.items()}


def a_day(key: ApiKey) -> int:
    """Return how many calls a day the firm's tier allows."""
    return LIMITS[Tier(key.organisation.tier)].api_calls_a_day


def _used(key: ApiKey) -> int:
    with tenant_scope(key.organisation_id):
        return usage.used(usage.CALLS)


def take(key: ApiKey) -> Verdict:
    """Count one call of a key."""
    most = a_day(key)
    now = datetime.now(UTC)
    midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
    left = ceil((midnight - now).total_seconds())
    names = [f"lagom:{key.organisation_id}:burst:{key.pk}", f"lagom:{key.organisation_id}:calls:{now.date()}"]
    said, _burst, remaining, wait = _ask(names, most, -1, left)
    if said == "unknown":
        said, _burst, remaining, wait = _ask(names, most, _used(key), left)
    if said == "away":
        used = _used(key)
        said, remaining = ("yes", most - used - 1) if used < most else ("day", 0)
    if said == "burst":
        seconds = max(1, ceil(wait / 1000))
        return Verdict(False, BURST, 0, seconds, seconds, burst=True)
    return Verdict(said == "yes", most, remaining, left, 0 if said == "yes" else left)


def _ask(names: list[str], most: int, seed: int, left: int) -> tuple[str, int, int, int]:
    if time.monotonic() < _quiet["until"]:
        return "away", 0, 0, 0
    try:
        said, *figures = _script()(keys=names, args=[BURST, most, seed, left])
    except (redis.RedisError, OSError):
        _quiet["until"] = time.monotonic() + SILENCE
        log.warning("Redis does not answer: calls are counted by day only")
        return "away", 0, 0, 0
    return (said.decode(), *figures)


_quiet = {"until": 0.0}


@cache
def _script() -> "redis.commands.core.Script":
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5)
    return client.register_script(BUCKET)
