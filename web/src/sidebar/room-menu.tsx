import Ban from "lucide-react/icons/ban";
import Bell from "lucide-react/icons/bell";
import BellOff from "lucide-react/icons/bell-off";
import CheckCheck from "lucide-react/icons/check-check";
import LogOut from "lucide-react/icons/log-out";
import PanelRight from "lucide-react/icons/panel-right";
import UserRound from "lucide-react/icons/user-round";
import { useEffect, useState } from "react";
import type { Room, User } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { navigate, paths } from "../lib/router.tsx";
import { BlockDialog, changeBlock } from "../people/block-person.tsx";
import { useBlocked } from "../people/blocks.ts";
import { PersonDialog } from "../people/person.tsx";
import { LeaveGroupDialog } from "../rooms/leave-group.tsx";
import { mayInRoom } from "../rooms/may.ts";
import { FOREVER, setNotify, unmute } from "../rooms/mute.ts";
import { useMuted } from "../rooms/use-muted.ts";
import { detailsText } from "../text/details.ts";
import { text } from "../text/index.ts";
import { MenuAt, MenuItem, MenuLine } from "../ui/menu.tsx";
import type { Anchor } from "../ui/place.ts";

type Shown = "menu" | "profile" | "block" | "leave" | null;

interface RoomMenuProps {
  room: Room;
  anchor: Anchor;
  onClose: () => void;
}

/** Everything that can be done with a chat from the list, and the dialogs that this opens. */
export function RoomMenu({ room, anchor, onClose }: RoomMenuProps) {
  const [shown, show] = useState<Shown>("menu");
  useEffect(() => {
    if (shown === null) onClose();
  }, [shown, onClose]);
  const close = () => show(null);
  const { peer } = room;
  return (
    <>
      {shown === "menu" && (
        <MenuAt
          anchor={anchor}
          label={text.rooms.actions}
          onClose={() => show((now) => (now === "menu" ? null : now))}
        >
          <NotifyItems room={room} />
          {peer ? <PersonItems user={peer} show={show} /> : <GroupItems room={room} show={show} />}
        </MenuAt>
      )}
      {shown === "leave" && <LeaveGroupDialog roomId={room.id} onClose={close} />}
      {shown === "profile" && peer && <PersonDialog user={peer} onClose={close} />}
      {shown === "block" && peer && <BlockDialog user={peer} onClose={close} />}
    </>
  );
}

function NotifyItems({ room }: { room: Room }) {
  const muted = useMuted(room);
  const words = detailsText.notify;
  return (
    <>
      {room.me && room.me.unread_count > 0 && (
        <MenuItem
          icon={<CheckCheck size={18} />}
          onSelect={() => chat.room(room.id).markRead(room.last_seq)}
        >
          {text.rooms.markRead}
        </MenuItem>
      )}
      {muted ? (
        <MenuItem icon={<Bell size={18} />} onSelect={() => void unmute(room)}>
          {words.unmute}
        </MenuItem>
      ) : (
        <MenuItem
          icon={<BellOff size={18} />}
          onSelect={() => void setNotify(room.id, { muted_until: FOREVER })}
        >
          {words.mute}
        </MenuItem>
      )}
    </>
  );
}

type Show = (what: Shown) => void;

function GroupItems({ room, show }: { room: Room; show: Show }) {
  return (
    <>
      <MenuItem
        icon={<PanelRight size={18} className="flip" />}
        onSelect={() => navigate(`${paths.room(room.id)}?panel=details`)}
      >
        {detailsText.title}
      </MenuItem>
      {mayInRoom(room).leave && (
        <>
          <MenuLine />
          <MenuItem icon={<LogOut size={18} />} danger onSelect={() => show("leave")}>
            {detailsText.leave}
          </MenuItem>
        </>
      )}
    </>
  );
}

function PersonItems({ user, show }: { user: User; show: Show }) {
  const blocked = useBlocked(user.id);
  if (user.deleted) return null;
  return (
    <>
      <MenuItem icon={<UserRound size={18} />} onSelect={() => show("profile")}>
        {text.people.profile}
      </MenuItem>
      <MenuLine />
      <MenuItem
        icon={<Ban size={18} />}
        danger={!blocked}
        onSelect={() => (blocked ? void changeBlock(user, false) : show("block"))}
      >
        {blocked ? text.people.unblock : text.people.block}
      </MenuItem>
    </>
  );
}
