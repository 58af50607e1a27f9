"""The tables. Tortoise finds every model here; nothing but repositories and tools import them."""

from models.message import Mention, Message, Reaction
from models.meta import Fact
from models.room import Room, RoomMember
from models.session import Session
from models.user import Credential, LastSeen, Preference, User

__all__ = [
    "Credential",
    "Fact",
    "LastSeen",
    "Mention",
    "Message",
    "Preference",
    "Reaction",
    "Room",
    "RoomMember",
    "Session",
    "User",
]
