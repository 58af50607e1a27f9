"""Where devices' leases are kept: in this process, or in Redis for all nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from server.backends.redis import RedisDown, RedisTool

# Milliseconds for which leases that nobody released are remembered.
KEPT = 7 * 24 * 3600 * 1000

Leases = dict[str, dict[str, tuple[int, int]]]


class MemoryLeases:
    def __init__(self) -> None:
        self._leases: Leases = {}

    async def renew(self, leases: Mapping[str, Mapping[str, tuple[int, int]]]) -> None:
        for user_id, devices in leases.items():
            self._leases.setdefault(user_id, {}).update(devices)

    async def release(self, user_id: str, device: str) -> None:
        devices = self._leases.get(user_id, {})
        devices.pop(device, None)
        if not devices:
            self._leases.pop(user_id, None)

    async def read(self, user_ids: list[str]) -> Leases:
        return {user: dict(self._leases[user]) for user in user_ids if user in self._leases}


class RedisLeases:
    """A hash per user, device → ``until:active_at``. Without Redis a node knows its own devices
    only."""

    def __init__(self, redis: RedisTool) -> None:
        self._redis = redis
        self._own = MemoryLeases()

    async def renew(self, leases: Mapping[str, Mapping[str, tuple[int, int]]]) -> None:
        await self._own.renew(leases)

        async def write(client: Any) -> None:
            async with client.pipeline(transaction=False) as pipe:
                for user_id, devices in leases.items():
                    if devices:
                        values = {d: f"{until}:{at}" for d, (until, at) in devices.items()}
                        pipe.hset(_key(user_id), mapping=values)
                        pipe.pexpire(_key(user_id), KEPT)
                await pipe.execute()

        await self._quietly(write)

    async def release(self, user_id: str, device: str) -> None:
        await self._own.release(user_id, device)
        await self._quietly(lambda client: client.hdel(_key(user_id), device))

    async def read(self, user_ids: list[str]) -> Leases:
        async def fetch(client: Any) -> list[dict[str, str]]:
            async with client.pipeline(transaction=False) as pipe:
                for user_id in user_ids:
                    pipe.hgetall(_key(user_id))
                return cast(list[dict[str, str]], await pipe.execute())

        try:
            found = await self._redis.call(fetch)
        except RedisDown:
            return await self._own.read(user_ids)
        return {
            user_id: {device: _parse(value) for device, value in devices.items()}
            for user_id, devices in zip(user_ids, found, strict=True)
            if devices
        }

    async def _quietly(self, make: Any) -> None:
        """What Redis misses now, the next renewal or the lease's own end makes good."""
        try:
            await self._redis.call(make)
        except RedisDown:
            return


def _key(user_id: str) -> str:
    return f"chat:presence:{user_id}"


def _parse(value: str) -> tuple[int, int]:
    until, active_at = value.split(":")
    return int(until), int(active_at)
