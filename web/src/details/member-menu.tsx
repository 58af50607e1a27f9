import Crown from "lucide-react/icons/crown";
import MessageCircle from "lucide-react/icons/message-circle";
import ShieldCheck from "lucide-react/icons/shield-check";
import ShieldOff from "lucide-react/icons/shield-off";
import UserMinus from "lucide-react/icons/user-minus";
import { type ComponentProps, useState } from "react";
import type { Member, Role, Room } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { attempt } from "../lib/attempt.ts";
import { userName } from "../people/names.ts";
import { writeTo } from "../people/write-to.ts";
import { mayInRoom } from "../rooms/may.ts";
import { detailsText } from "../text/details.ts";
import { isolate } from "../text/isolate.ts";
import { Confirm } from "../ui/confirm.tsx";
import { Isolated } from "../ui/isolated.tsx";
import { Menu, MenuItem } from "../ui/menu.tsx";

interface MemberMenuProps {
  room: Room;
  member: Member;
  trigger: ComponentProps<typeof Menu>["trigger"];
}

/** What the user's role allows them to do with another member. */
export function MemberMenu({ room, member, trigger }: MemberMenuProps) {
  const [asking, setAsking] = useState<"owner" | "remove" | null>(null);
  const allowed = mayInRoom(room);
  const words = detailsText.members;
  const { user, role } = member;
  const close = () => setAsking(null);
  return (
    <>
      <Menu trigger={trigger} label={words.actions(userName(user))} align="end">
        {!user.deleted && (
          <MenuItem icon={<MessageCircle size={16} />} onSelect={() => void writeTo(user.id)}>
            {words.write}
          </MenuItem>
        )}
        {allowed.setRoles && role === "member" && (
          <MenuItem
            icon={<ShieldCheck size={16} />}
            onSelect={() => void setRole(room, member, "admin")}
          >
            {words.makeAdmin}
          </MenuItem>
        )}
        {allowed.setRoles && role === "admin" && (
          <MenuItem
            icon={<ShieldOff size={16} />}
            onSelect={() => void setRole(room, member, "member")}
          >
            {words.makeMember}
          </MenuItem>
        )}
        {allowed.setRoles && !user.deleted && (
          <MenuItem icon={<Crown size={16} />} onSelect={() => setAsking("owner")}>
            {words.makeOwner}
          </MenuItem>
        )}
        {allowed.remove(role) && (
          <MenuItem danger icon={<UserMinus size={16} />} onSelect={() => setAsking("remove")}>
            {words.remove}
          </MenuItem>
        )}
      </Menu>
      {asking === "owner" && (
        <Confirm
          title={words.makeOwner}
          action={words.makeOwner}
          onClose={close}
          onConfirm={() => setRole(room, member, "owner")}
        >
          <Isolated>{words.makeOwnerSure(isolate(userName(user)))}</Isolated>
        </Confirm>
      )}
      {asking === "remove" && (
        <Confirm
          title={words.remove}
          action={words.remove}
          onClose={close}
          onConfirm={() => removeMember(room, member)}
        >
          <Isolated>{words.removeSure(isolate(userName(user)))}</Isolated>
        </Confirm>
      )}
    </>
  );
}

async function setRole(room: Room, member: Member, role: Role): Promise<void> {
  await attempt(() => chat.room(room.id).setRole(member.user.id, role));
}

async function removeMember(room: Room, member: Member): Promise<void> {
  await attempt(() => chat.room(room.id).removeMember(member.user.id));
}
