"""Presence of users, from the leases of their devices. A user is online while any device is.

Each connected device has a lease, which its node renews. A node that dies renews nothing, so the
leases of its devices end after DEVICE_LEASE.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from server.kernel.clock import now_ms, timestamp_or_none
from server.presence.entity import HIDDEN_PRESENCE, Presence

# How long a lease lasts (ms).
DEVICE_LEASE = 30_000
AWAY_AFTER = 600_000


class Leases(Protocol):
    """The leases of devices: for each device the end of its lease and its last activity, both in
    ms. Leases may be lost; their nodes renew them. A lease that ended without a release is kept for
    a while, because it tells when its node died. All methods are idempotent."""

    async def renew_leases(self, leases: Mapping[str, Mapping[str, tuple[int, int]]]) -> None:
        """Sets leases: ``{user_id: {device: (until, active_at)}}``."""
        ...

    async def release_lease(self, user_id: str, device: str) -> None: ...

    async def read_leases(self, user_ids: list[str]) -> dict[str, dict[str, tuple[int, int]]]: ...


class LastSeenStore(Protocol):
    """Stores when users were last online, in ms. Users of whom that is not known are left out. A
    write replaces the stored time, and may be repeated."""

    async def read_last_seen(self, user_ids: list[str]) -> dict[str, int]: ...

    async def read_visible_last_seen(
        self, viewer_id: str, user_ids: list[str]
    ) -> dict[str, int | None]:
        """The users whom the viewer may see, with the time when they were last online (ms), or
        None if that is not known."""
        ...

    async def write_last_seen(self, user_id: str, at: int) -> None: ...


class PresenceBook:
    def __init__(self, leases: Leases, last_seen: LastSeenStore) -> None:
        self._leases = leases
        self._last_seen = last_seen

    async def renew_devices(self, devices: Mapping[str, Mapping[str, int]]) -> None:
        """Renews the leases of this node's devices: ``{user_id: {device: active_at}}``."""
        until = now_ms() + DEVICE_LEASE
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
            # This is written before the lease is released, so that a reader in between finds one
            # of the two.
            if last:
                await self._last_seen.write_last_seen(user_id, now_ms())
        finally:
            await self._leases.release_lease(user_id, device)
        leases = (await self._leases.read_leases([user_id])).get(user_id, {})
        if not _live(leases, now_ms()):
            if not last:
                await self._last_seen.write_last_seen(user_id, now_ms())
            # The remaining leases ended earlier and are no longer needed.
            for ended in leases:
                await self._leases.release_lease(user_id, ended)

    async def count_devices(self, user_id: str) -> int:
        """The number of the user's devices that are connected to any node."""
        found = (await self._leases.read_leases([user_id])).get(user_id, {})
        return len(_live(found, now_ms()))

    async def connected(self, user_ids: Iterable[str]) -> set[str]:
        """Those of the users who have a device connected to any node."""
        leases, now = await self._leases.read_leases(list(user_ids)), now_ms()
        return {user_id for user_id, devices in leases.items() if _live(devices, now)}

    async def visible_presence(
        self, viewer_id: str, user_ids: Iterable[str]
    ) -> dict[str, Presence]:
        """The presence of the users whom the viewer may see: themselves, and users who share a room
        with them if neither blocks the other."""
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
    """The time of the last activity of each device whose lease has not ended."""
    return [active_at for until, active_at in leases.values() if until > now]


def _ended(leases: Mapping[str, tuple[int, int]]) -> int:
    """The latest time at which one of these leases was renewed; 0 if there are none."""
    return max((until - DEVICE_LEASE for until, _ in leases.values()), default=0)


def _presence(leases: Mapping[str, tuple[int, int]], now: int, seen: int | None) -> Presence:
    """``seen``: the stored time when the user was last online (ms)."""
    if not leases and seen is None:
        return HIDDEN_PRESENCE
    active = _live(leases, now)
    if not active:
        at = max(seen or 0, _ended(leases))
        return Presence("offline", timestamp_or_none(at or None))
    latest = max(active)
    if now - latest >= AWAY_AFTER:
        return Presence("away", timestamp_or_none(latest))
    return Presence("online", timestamp_or_none(now))
