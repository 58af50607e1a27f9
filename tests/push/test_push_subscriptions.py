"""The key of Web Push, and the devices that subscribe with it."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.client import Http, Refused, User
from tests.support.database import query
from tests.support.node import Node
from tests.support.push import (
    Device,
    Json,
    PushService,
    outbox_is_done,
    send_text,
    unb64,
)
from tests.support.world import World

pytestmark = pytest.mark.usefixtures("no_errors_logged")

once = pytest.mark.parametrize("kind", ["sqlite"])


async def refusal(user: User, body: Json) -> tuple[str, str | None]:
    with pytest.raises(Refused) as caught:
        await user.http("PUT", "/push/subscriptions", body)
    return caught.value.code, caught.value.field


# --- Keys and subscriptions ---


async def test_push_key_is_one_for_all_nodes(nodes: list[Node]) -> None:
    """Open to everybody: a point on the curve, made once for the database."""
    keys = set()
    for node in nodes:
        http = Http(node)
        keys.add((await http("GET", "/push/key"))["key"])
        await http.close()
    (key,) = keys
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unb64(key))


async def test_the_private_key_is_in_no_log(nodes: list[Node]) -> None:
    (row,) = await query(nodes[0], "SELECT value FROM facts WHERE name = 'vapid'")
    assert all(row["value"] not in node.log_text() for node in nodes)


async def test_push_subscriptions_put_again_replaces(
    ann: User, bob: User, service: PushService
) -> None:
    """The browser has new keys at the same endpoint."""
    old, new = service.device(), service.device()
    new.endpoint, service.devices[old.id] = old.endpoint, new
    await old.subscribe(bob)
    await new.subscribe(bob)
    room = await ann.direct(bob)
    await send_text(ann, room["id"])
    await new.hear()
    await outbox_is_done(bob.node, room["id"])
    assert len(new.received) == 1
    await bob.http("DELETE", "/push/subscriptions", {"endpoint": new.endpoint})


async def test_push_subscriptions_put_by_another_user_moves(
    ann: User, bob: User, shared_world: World, device: Device
) -> None:
    """Somebody else has signed in with the same browser."""
    carol = await shared_world.user("carol", connect=False)
    await device.subscribe(carol)
    for peer in (bob, carol):
        room = await ann.direct(peer)
        await send_text(ann, room["id"], f"for {peer.username}")
        await outbox_is_done(ann.node, room["id"])
    assert [one["body"] for one in device.contents] == [f"for {carol.username}"]
    await carol.http("DELETE", "/push/subscriptions", {"endpoint": device.endpoint})


async def test_push_subscriptions_delete(
    ann: User, bob: User, shared_world: World, device: Device
) -> None:
    """Another user's DELETE does nothing; one's own may be repeated."""
    body, room = {"endpoint": device.endpoint}, await ann.direct(bob)
    assert await ann.http("DELETE", "/push/subscriptions", body) is None
    await send_text(ann, room["id"])
    await device.hear()
    for _ in range(2):
        assert await bob.http("DELETE", "/push/subscriptions", body) is None
    await send_text(ann, room["id"])
    await outbox_is_done(bob.node, room["id"])
    assert len(device.received) == 1


async def test_push_subscriptions_keep_the_20_newest(bob: User, service: PushService) -> None:
    devices = [service.device() for _ in range(21)]
    for device in devices:
        await device.subscribe(bob)
    sql = "SELECT endpoint FROM push_subscriptions WHERE user_id = $1"
    kept = {row["endpoint"] for row in await query(bob.node, sql, bob.id)}
    assert kept == {device.endpoint for device in devices[1:]}
    for device in devices:
        await bob.http("DELETE", "/push/subscriptions", {"endpoint": device.endpoint})


@once
@pytest.mark.parametrize(
    "endpoint",
    [
        "https://127.0.0.2/push",
        "https://localhost/push",
        "https://10.1.2.3/push",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/push",
        "https://[::ffff:10.0.0.1]/push",
        "https://[64:ff9b::10.0.0.1]/push",
        "https://[2002:a00:1::]/push",
        "https://[fd00::1]/push",
        "https://0/push",
        "https://2130706433/push",
        "https://0x7f.1/push",
        "https://100.64.0.1/push",
        "https://224.0.0.1/push",
        "http://1.1.1.1/push",
        "https://ann:secret@1.1.1.1/push",
        "https://1.1.1.1/push#there",
    ],
)
async def test_push_endpoint_must_be_https_and_public(
    bob: User, service: PushService, endpoint: str
) -> None:
    body = service.device().subscription | {"endpoint": endpoint}
    assert await refusal(bob, body) == ("validation_failed", "endpoint")


@once
async def test_push_keys_are_checked(bob: User, service: PushService) -> None:
    """Each refusal names the key: a point that is not on the curve, a secret of another length."""
    good = service.device().subscription
    point, secret = good["keys"]["p256dh"], good["keys"]["auth"]
    wrong: dict[str, tuple[Any, ...]] = {
        "p256dh": (None, 1, "", "x", "é", secret, point[:-4] + "AAAA", "B" + "A" * 86, point * 99),
        "auth": (None, 1, "", "x", "é", secret[:-2], secret + "AAAA", "!" * 22),
        "extra": ("x",),
    }
    for name, values in wrong.items():
        for value in values:
            body = good | {"keys": good["keys"] | {name: value}}
            assert await refusal(bob, body) == ("validation_failed", f"keys.{name}"), value
    for name in good["keys"]:
        keys = {key: value for key, value in good["keys"].items() if key != name}
        assert await refusal(bob, good | {"keys": keys}) == ("validation_failed", f"keys.{name}")
