"""The bytes that running uploads reserve: kept in this process, or in Redis for all nodes."""

from __future__ import annotations

from redis.asyncio import Redis

from server.backends.redis import RedisDown, RedisTool

# Milliseconds after which a reservation ends by itself, so that those of a dead node do not stay.
RESERVATION_LEASE = 180_000


class MemoryReservations:
    """Reservations for a single process, in its memory."""

    def __init__(self) -> None:
        self._held: dict[str, dict[str, int]] = {}

    async def reserve_bytes(self, user_id: str, upload_id: str, size: int, room: int) -> bool:
        held = self._held.get(user_id, {})
        if size + sum(n for upload, n in held.items() if upload != upload_id) > room:
            return False
        self._held.setdefault(user_id, held)[upload_id] = size
        return True

    async def release_bytes(self, user_id: str, upload_id: str) -> None:
        held = self._held.get(user_id, {})
        held.pop(upload_id, None)
        if not held:
            self._held.pop(user_id, None)


# A hash for each user, upload → ``size:until``.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local sum = tonumber(ARGV[2])
local held = redis.call('HGETALL', KEYS[1])
for n = 1, #held, 2 do
    local size, ends = string.match(held[n + 1], '(%d+):(%d+)')
    if tonumber(ends) < now then
        redis.call('HDEL', KEYS[1], held[n])
    elseif held[n] ~= ARGV[1] then
        sum = sum + tonumber(size)
    end
end
if sum > tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ':' .. string.format('%d', now + ARGV[4]))
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
"""


class RedisReservations:
    """Reservations in Redis, which all nodes share. Each process also keeps its own; they decide
    while Redis is away."""

    def __init__(self, redis: RedisTool) -> None:
        self._redis = redis
        self._own = MemoryReservations()
        self._script = redis.redis.register_script(_TAKE)

    async def reserve_bytes(self, user_id: str, upload_id: str, size: int, room: int) -> bool:
        async def run(redis: Redis) -> bool:
            given: list[str | int] = [upload_id, size, room, RESERVATION_LEASE]
            return bool(await self._script(keys=[_key(user_id)], args=given, client=redis))

        try:
            if not await self._redis.call(run):
                return False
        except RedisDown:
            pass
        return await self._own.reserve_bytes(user_id, upload_id, size, room)

    async def release_bytes(self, user_id: str, upload_id: str) -> None:
        await self._own.release_bytes(user_id, upload_id)
        try:
            await self._redis.call(lambda redis: redis.hdel(_key(user_id), upload_id))
        except RedisDown:
            return


def _key(user_id: str) -> str:
    return f"chat:uploads:{user_id}"
