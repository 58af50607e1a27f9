"""Well-behaved users, and how long they wait for acks.

Ann and Bob send at a steady pace, however long the acks take. So a server that stops for two
seconds causes many late acks instead of one.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from typing import Any, Self

import socketio

from tests.support.client import Refused, User
from tests.support.world import World

# Messages that each of the two sends in a second; the limit is 10.
PACE = 8.0
# Seconds of quiet that count, and those of them that are measured anew before each attack.
QUIET_SECONDS = 4.0
QUIET_AGAIN = 1.0
# A second of quiet is measured again, a few times, if its waits are so much longer than before.
CALM, CALM_TRIES = 2.0, 5
# Seconds before the first measurement, to warm up.
WARM_UP = 0.6
# The wait that is counted for an ack that never comes (seconds).
LONGEST = 60.0


def p95(waits: list[float]) -> float:
    return sorted(waits)[int(len(waits) * 0.95)]


class Bystanders:
    """Ann and Bob, connected, in a room of one node. Several attacks may be measured beside them,
    one after the other."""

    def __init__(self, room_id: str, users: list[User]) -> None:
        self._room_id = room_id
        self._users = users
        self._quiet: deque[float] = deque(maxlen=int(QUIET_SECONDS * PACE) * len(users))

    @classmethod
    async def of(cls, node: Any) -> Self:
        room, users = await World([node]).room("ann", "bob")
        return cls(room["id"], users)

    @property
    def node(self) -> Any:
        return self._users[0].node

    @property
    def connected(self) -> bool:
        return not any(user.socket.closed.is_set() for user in self._users)

    async def quiet(self) -> list[float]:
        """The waits while nothing else happens. They are measured anew at each call, but those of
        the calls before count too: with a few waits, a pause of the machine would pass for what is
        usual."""
        if not self._quiet:
            await self.waits(WARM_UP)
            self._quiet += await self.waits(QUIET_SECONDS)
            return list(self._quiet)
        usual = p95(list(self._quiet))
        for _ in range(CALM_TRIES):
            waits = await self.waits(QUIET_AGAIN)
            # What the attack before has left to do would pass for quiet.
            if p95(waits) <= CALM * usual:
                break
        self._quiet += waits
        return list(self._quiet)

    async def waits(self, seconds: float) -> list[float]:
        """The milliseconds from the time each send was due until its ack, including the waits after
        refusals."""
        began = asyncio.get_running_loop().time()
        each = 1 / PACE
        return await asyncio.gather(
            *(
                self._send(user, began + (n + offset / len(self._users)) * each)
                for offset, user in enumerate(self._users)
                for n in range(int(seconds * PACE))
            )
        )

    async def _send(self, user: User, due: float) -> float:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(due - loop.time())
        while loop.time() - due < LONGEST:
            try:
                await user.send(
                    self._room_id, "a message of an ordinary length, as people write them"
                )
                return (loop.time() - due) * 1000
            except Refused as refused:
                # After the server has stalled, all sends arrive together and exceed the limit.
                await asyncio.sleep(refused.error.get("retry_after", 1))
            except (TimeoutError, socketio.exceptions.SocketIOError):
                break
        return LONGEST * 1000

    async def close(self) -> None:
        for user in self._users:
            # What the attack has done to them is seen in their waits.
            with contextlib.suppress(AssertionError):
                await user.close()


@contextlib.asynccontextmanager
async def bystanders_of(node: Any) -> AsyncIterator[Bystanders]:
    bystanders = await Bystanders.of(node)
    try:
        yield bystanders
    finally:
        await bystanders.close()
