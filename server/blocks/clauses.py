"""SQL conditions about blocks, for the statements of other services."""

from __future__ import annotations

# Whether the member m or another user (`{}`) has blocked the other one.
BLOCKED = """
    EXISTS (SELECT 1 FROM blocks b WHERE (b.user_id = m.user_id AND b.blocked_id = {0})
        OR (b.user_id = {0} AND b.blocked_id = m.user_id))
"""

# Whether the room r of the member m is a direct room where either user has blocked the other.
ESTRANGED = """
    (r.kind = 'direct' AND EXISTS (
        SELECT 1 FROM room_members o JOIN blocks b
            ON (b.user_id = m.user_id AND b.blocked_id = o.user_id)
            OR (b.user_id = o.user_id AND b.blocked_id = m.user_id)
        WHERE o.room_id = r.id AND o.user_id <> m.user_id
    ))
"""

# Whether the invitation i is open at the time `{}`.
OPEN_INVITATION = """
    i.expires_at > {} AND i.declined_at IS NULL AND NOT EXISTS (SELECT 1 FROM blocks b
        WHERE (b.user_id = i.user_id AND b.blocked_id = i.actor_id)
            OR (b.user_id = i.actor_id AND b.blocked_id = i.user_id))
"""
