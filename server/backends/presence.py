"""Storage for the leases of devices: in this process, or in Redis for all nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from server.backends.redis import RedisDown, RedisTool

# Milliseconds for which leases are kept that ended without being released.
KEPT_ENDED = 7 * 24 * 3600 * 1000

# Reads many hashes in one call. Returns, for each hash that exists, the position of its key and its
# contents.
_READ = """
local found = {}
for place, key in ipairs(KEYS) do
    local held = redis.call('HGETALL', key)
    if #held > 0 then
        found[#found + 1] = place
        found[#found + 1] = held
    end
end
return found
"""

DeviceLeases = dict[str, dict[str, tuple[int, int]]]


class MemoryLeases:
    """Leases for a single process, in its memory."""

    def __init__(self) -> None:
        self._leases: DeviceLeases = {}

    async def renew_leases(self, leases: Mapping[str, Mapping[str, tuple[int, int]]]) -> None:
        for user_id, devices in leases.items():
            self._leases.setdefault(user_id, {}).update(devices)

    async def release_lease(self, user_id: str, device: str) -> None:
        devices = self._leases.get(user_id, {})
        devices.pop(device, None)
        if not devices:
            self._leases.pop(user_id, None)

    async def read_leases(self, user_ids: list[str]) -> DeviceLeases:
        return {user: dict(self._leases[user]) for user in user_ids if user in self._leases}


class RedisLeases:
    """Leases in Redis: a hash for each user, device → ``until:active_at``.

    Calls never fail because of Redis. While it does not answer, reads return only the devices of
    this node.
    """

    def __init__(self, redis: RedisTool) -> None:
        self._redis = redis
        self._own = MemoryLeases()
        self._script = redis.redis.register_script(_READ)

    async def renew_leases(self, leases: Mapping[str, Mapping[str, tuple[int, int]]]) -> None:
        await self._own.renew_leases(leases)

        async def write(client: Any) -> None:
            async with client.pipeline(transaction=False) as pipe:
                for user_id, devices in leases.items():
                    if devices:
                        values = {d: f"{until}:{at}" for d, (until, at) in devices.items()}
                        pipe.hset(_key(user_id), mapping=values)
                        pipe.pexpire(_key(user_id), KEPT_ENDED)
                await pipe.execute()

        await self._quietly(write)

    async def release_lease(self, user_id: str, device: str) -> None:
        await self._own.release_lease(user_id, device)
        await self._quietly(lambda client: client.hdel(_key(user_id), device))

    async def read_leases(self, user_ids: list[str]) -> DeviceLeases:
        async def fetch(client: Any) -> list[Any]:
            keys = [_key(user_id) for user_id in user_ids]
            return cast(list[Any], await self._script(keys=keys, client=client))

        try:
            found = await self._redis.call(fetch)
        except RedisDown:
            return await self._own.read_leases(user_ids)
        return {
            user_ids[place - 1]: dict(zip(held[::2], map(_parse, held[1::2]), strict=True))
            for place, held in zip(found[::2], found[1::2], strict=True)
        }

    async def _quietly(self, make: Any) -> None:
        """Write to Redis and ignore errors: the next renewal or the end of the lease repairs what
        Redis has missed."""
        try:
            await self._redis.call(make)
        except RedisDown:
            return


def _key(user_id: str) -> str:
    return f"chat:presence:{user_id}"


def _parse(value: str) -> tuple[int, int]:
    until, active_at = value.split(":")
    return int(until), int(active_at)
