"""The operations of random histories on rooms and their members."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.support.reference_client import everything
from tests.support.room_machine import PEOPLE, ComparedRooms
from tests.support.room_model import Room

MOST_ROOMS = 3
TEXTS = ("hello", "once more", "ünïcödé 😀")
EMOJI = ("👍", "❤️", "👩‍💻")

people = st.sampled_from(range(len(PEOPLE)))
groups_of_people = st.lists(people, max_size=3)
rooms = st.integers(0, MOST_ROOMS - 1)
# A message, counted from the last one.
backs = st.integers(0, 3)
# How many versions a client is behind. It may also be ahead, if an older database was restored.
behind = st.integers(0, 6) | st.just(-1) | st.just(1_000)
texts = st.sampled_from(TEXTS)


class RoomRules(ComparedRooms):
    """Every rule does one operation on the servers and on the model; both must return the same."""

    @rule(by=people, others=groups_of_people, public=st.booleans())
    def create_group(self, by: int, others: list[int], public: bool) -> None:
        if len(self.rooms) >= MOST_ROOMS:
            return
        ids = [self.id_of(other) for other in others]
        answer = self.run(
            self.users[by].http(
                "POST",
                "/rooms",
                {
                    "kind": "group",
                    "name": "a group",
                    "member_ids": ids,
                    "visibility": "public" if public else "private",
                },
            )
        )
        room = Room.group(self.id_of(by), ids, "a group", public)
        self._compare_room(self.users[by], room, answer)
        self.rooms.append((answer["id"], room))

    @rule(by=people, peer=people)
    def create_direct(self, by: int, peer: int) -> None:
        pair = frozenset((self.id_of(by), self.id_of(peer)))
        if by == peer or (pair not in self.direct and len(self.rooms) >= MOST_ROOMS):
            return
        answer = self.run(self.users[by].direct(self.users[peer]))
        if pair not in self.direct:
            self.direct[pair] = answer["id"]
            self.rooms.append((answer["id"], Room.direct(self.id_of(by), self.id_of(peer))))
        assert answer["id"] == self.direct[pair]

    @rule(by=people, room=rooms, http=st.booleans())
    def join(self, by: int, room: int, http: bool) -> None:
        room_id, model = self.pick(room)
        self.same(
            lambda: model.join(self.id_of(by)),
            self.do(by, http, "join_room", room_id),
        )

    @rule(by=people, room=rooms, others=groups_of_people.filter(bool), http=st.booleans())
    def add(self, by: int, room: int, others: list[int], http: bool) -> None:
        room_id, model = self.pick(room)
        ids = [self.id_of(other) for other in others]
        self.same(
            lambda: model.add(self.id_of(by), ids),
            self.do(by, http, "add_members", room_id, user_ids=ids),
        )

    @rule(by=people, room=rooms, http=st.booleans())
    def leave(self, by: int, room: int, http: bool) -> None:
        room_id, model = self.pick(room)
        heir = self._next_owner(by, room_id, model)
        self.same(
            lambda: model.remove(self.id_of(by), self.id_of(by), heir),
            self.do(by, http, "leave_room", room_id),
        )

    @rule(by=people, room=rooms, whom=people, http=st.booleans())
    def remove(self, by: int, room: int, whom: int, http: bool) -> None:
        room_id, model = self.pick(room)
        heir = self._next_owner(whom, room_id, model)
        self.same(
            lambda: model.remove(self.id_of(by), self.id_of(whom), heir),
            self.do(by, http, "remove_member", room_id, user_id=self.id_of(whom)),
        )

    def _next_owner(self, leaver: int, room_id: str, model: Room) -> str | None:
        """The member who becomes the owner: of those who may, the one who joined first. This comes
        from the server, because the model has no clock."""
        if self.id_of(leaver) not in model.members:
            return None
        heirs = model.heirs(self.id_of(leaver))
        members = self.run(everything(self.users[leaver], f"/rooms/{room_id}/members"))
        # The list is in the order of joining, which decides between equal times.
        standing = [m for m in members if m["user"]["id"] in heirs]
        return min(standing, key=lambda m: m["joined_at"])["user"]["id"] if standing else None

    @rule(
        by=people,
        room=rooms,
        whom=people,
        role=st.sampled_from(("member", "admin", "owner")),
        http=st.booleans(),
    )
    def set_role(self, by: int, room: int, whom: int, role: str, http: bool) -> None:
        room_id, model = self.pick(room)
        self.same(
            lambda: model.set_role(self.id_of(by), self.id_of(whom), role),
            self.do(by, http, "set_role", room_id, user_id=self.id_of(whom), role=role),
        )

    @rule(by=people, room=rooms, name=st.sampled_from(("a group", "renamed")), http=st.booleans())
    def rename(self, by: int, room: int, name: str, http: bool) -> None:
        room_id, model = self.pick(room)
        self.same(
            lambda: model.rename(self.id_of(by), name),
            self.do(by, http, "update_room", room_id, name=name),
        )

    @rule(by=people, room=rooms, really=st.integers(0, 9).map(lambda n: n == 0))
    def delete_room(self, by: int, room: int, really: bool) -> None:
        room_id, model = self.pick(room)
        # Rooms are deleted rarely, so that there are rooms left to test.
        if really:
            self.same(
                lambda: model.close(self.id_of(by)),
                self.users[by].http("DELETE", f"/rooms/{room_id}"),
            )
