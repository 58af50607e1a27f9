"""The tables. Tortoise finds all models here. Only repositories and tools import them."""

from models.attachment import Attachment, MessageAttachment
from models.block import Block
from models.message import Mention, Message, Reaction
from models.meta import Fact
from models.notification import Notification, PushJob, PushSubscription, RoomNotice
from models.room import Invitation, Invite, Room, RoomMember
from models.session import Session
from models.user import Credential, EmailToken, FreedUsername, LastSeen, Preference, User

__all__ = [
    "Attachment",
    "Block",
    "Credential",
    "EmailToken",
    "Fact",
    "FreedUsername",
    "Invitation",
    "Invite",
    "LastSeen",
    "Mention",
    "Message",
    "MessageAttachment",
    "Notification",
    "Preference",
    "PushJob",
    "PushSubscription",
    "Reaction",
    "Room",
    "RoomMember",
    "RoomNotice",
    "Session",
    "User",
]
