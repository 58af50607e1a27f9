import type { Member, Room } from "realtime-chat-sdk";

type Role = Member["role"];
const RANK: Record<Role, number> = { member: 0, admin: 1, owner: 2 };

/** What one's role in a room allows. The server decides by server/rooms/rules.py, and a test holds
    both against one table. */
export function mayInRoom(room: Room | null) {
  const role = room?.me?.role;
  const group = room?.kind === "group";
  const leads = group && role !== undefined && RANK[role] >= RANK.admin;
  return {
    add: group && role !== undefined,
    change: leads,
    invite: leads,
    /** In a direct room both may. */
    pin: leads || (room?.kind === "direct" && role !== undefined),
    deleteOthers: leads,
    setRoles: group && role === "owner",
    delete: group && role === "owner",
    leave: group && role !== undefined,
    remove: (other: Role) => group && (role === "owner" || (leads && other === "member")),
  };
}
