"""Presence by user and then by device: the last device decides.

A device holds a lease that its node renews. A node that dies renews nothing, so its devices end
by themselves after LEASE.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from server.kernel.clock import now_ms, timestamp_or_none
from server.presence.entity import HIDDEN, Presence

# Milliseconds.
LEASE = 30_000
AWAY_AFTER = 600_000


class Leases(Protocol):
    """device → (lease end, last activity), both in ms, of each user who has any. A lease that
    ended without a release is kept for a while: it tells when a node died under its device."""

    async def renew_leases(self, leases: Mapping[str, Mapping[str, tuple[int, int]]]) -> None:
        """``{user_id: {device: (until, active_at)}}``"""
        ...

    async def release_lease(self, user_id: str, device: str) -> None: ...

    async def read_leases(self, user_ids: list[str]) -> dict[str, dict[str, tuple[int, int]]]: ...


class LastSeenStore(Protocol):
    async def read_last_seen(self, user_ids: list[str]) -> dict[str, int]: ...

    async def read_visible_last_seen(
        self, viewer_id: str, user_ids: list[str]
    ) -> dict[str, int | None]:
        """Those whom the viewer may see, and when they were last there."""
        ...

    async def write_last_seen(self, user_id: str, at: int) -> None: ...


class PresenceBook:
    def __init__(self, leases: Leases, last_seen: LastSeenStore) -> None:
        self._leases = leases
        self._last_seen = last_seen

    async def renew_devices(self, devices: Mapping[str, Mapping[str, int]]) -> None:
        """``{user_id: {device: active_at}}`` of this node."""
        until = now_ms() + LEASE
        await self._leases.renew_leases(
            {
                user_id: {device: (until, active_at) for device, active_at in active.items()}
                for user_id, active in devices.items()
            }
        )

    async def release_device(self, user_id: str, device: str) -> None:
        leases = (await self._leases.read_leases([user_id])).get(user_id, {})
        others = {other: lease for other, lease in leases.items() if other != device}
        last = not _live(others, now_ms())
        try:
            # Written before the lease goes: who looks in between shall find one of the two.
            if last:
                await self._last_seen.write_last_seen(user_id, now_ms())
        finally:
            await self._leases.release_lease(user_id, device)
        leases = (await self._leases.read_leases([user_id])).get(user_id, {})
        if not _live(leases, now_ms()):
            if not last:
                await self._last_seen.write_last_seen(user_id, now_ms())
            # What is left ended before, and tells nothing any more.
            for ended in leases:
                await self._leases.release_lease(user_id, ended)

    async def count_devices(self, user_id: str) -> int:
        """How many of the user's devices are connected, on any node."""
        found = (await self._leases.read_leases([user_id])).get(user_id, {})
        return len(_live(found, now_ms()))

    async def connected(self, user_ids: Iterable[str]) -> set[str]:
        """Those who have a device connected, on any node."""
        leases, now = await self._leases.read_leases(list(user_ids)), now_ms()
        return {user_id for user_id, devices in leases.items() if _live(devices, now)}

    async def visible_presence(
        self, viewer_id: str, user_ids: Iterable[str]
    ) -> dict[str, Presence]:
        """The presence of those whom the viewer may see: themselves, and who shares a room while
        neither blocks the other."""
        seen = await self._last_seen.read_visible_last_seen(viewer_id, list(user_ids))
        leases = await self._leases.read_leases(list(seen)) if seen else {}
        now = now_ms()
        return {
            user_id: _presence(leases.get(user_id, {}), now, at) for user_id, at in seen.items()
        }

    async def statuses(self, user_ids: Iterable[str]) -> dict[str, Presence]:
        wanted = list(user_ids)
        if not wanted:
            return {}
        leases = await self._leases.read_leases(wanted)
        now = now_ms()
        offline = [user_id for user_id in wanted if not _live(leases.get(user_id, {}), now)]
        seen = await self._last_seen.read_last_seen(offline) if offline else {}
        return {
            user_id: _presence(leases.get(user_id, {}), now, seen.get(user_id))
            for user_id in wanted
        }


def _live(leases: Mapping[str, tuple[int, int]], now: int) -> list[int]:
    """When each device whose lease runs was last active."""
    return [active_at for until, active_at in leases.values() if until > now]


def _ended(leases: Mapping[str, tuple[int, int]]) -> int:
    """When a lease that ended by itself was last renewed; 0 where there is none."""
    return max((until - LEASE for until, _ in leases.values()), default=0)


def _presence(leases: Mapping[str, tuple[int, int]], now: int, seen: int | None) -> Presence:
    """``seen``: when they were last there, as it is stored (ms)."""
    if not leases and seen is None:
        return HIDDEN
    active = _live(leases, now)
    if not active:
        at = max(seen or 0, _ended(leases))
        return Presence("offline", timestamp_or_none(at or None))
    latest = max(active)
    if now - latest >= AWAY_AFTER:
        return Presence("away", timestamp_or_none(latest))
    return Presence("online", timestamp_or_none(now))
