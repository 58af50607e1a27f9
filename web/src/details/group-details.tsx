import LogOut from "lucide-react/icons/log-out";
import Pencil from "lucide-react/icons/pencil";
import Trash2 from "lucide-react/icons/trash";
import { useState } from "react";
import type { Room } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { attempt } from "../lib/attempt.ts";
import { navigate } from "../lib/router.tsx";
import { LeaveGroupDialog } from "../rooms/leave-group.tsx";
import { mayInRoom } from "../rooms/may.ts";
import { RoomAvatar } from "../rooms/room-avatar.tsx";
import { roomName } from "../rooms/summary.ts";
import { detailsText } from "../text/details.ts";
import { plural } from "../text/format.ts";
import { text } from "../text/index.ts";
import { Button } from "../ui/button.tsx";
import { Confirm } from "../ui/confirm.tsx";
import styles from "./details.module.css";
import { EditGroupDialog } from "./edit-group.tsx";
import { InvitesSection } from "./invites.tsx";
import { MembersSection } from "./members.tsx";
import { NotifySection } from "./notify-section.tsx";
import { SharedFiles } from "./shared-files.tsx";

type Open = "edit" | "leave" | "delete" | null;

export function GroupDetails({ room }: { room: Room }) {
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const allowed = mayInRoom(room);
  const words = detailsText;
  return (
    <>
      <div className={styles.head}>
        <RoomAvatar room={room} size={96} />
        <h2 className={styles.name}>
          <bdi>{roomName(room)}</bdi>
        </h2>
        <p className={styles.soft}>
          {room.visibility === "public" ? words.public : words.private} ·{" "}
          {plural(room.member_count, text.rooms.members)}
        </p>
        <p className={styles.topic} dir="auto">
          {room.topic ?? <span className={styles.soft}>{words.noTopic}</span>}
        </p>
        {allowed.change && (
          <Button size="s" icon={<Pencil size={14} />} onClick={() => setOpen("edit")}>
            {text.act.edit}
          </Button>
        )}
      </div>
      <NotifySection room={room} />
      <SharedFiles roomId={room.id} />
      <MembersSection room={room} />
      {allowed.invite && <InvitesSection roomId={room.id} />}
      <div className={styles.ends}>
        {allowed.leave && (
          <Button
            variant="quiet"
            harmful
            icon={<LogOut size={16} />}
            onClick={() => setOpen("leave")}
          >
            {words.leave}
          </Button>
        )}
        {allowed.delete && (
          <Button
            variant="quiet"
            harmful
            icon={<Trash2 size={16} />}
            onClick={() => setOpen("delete")}
          >
            {words.remove}
          </Button>
        )}
      </div>
      {open === "edit" && <EditGroupDialog room={room} onClose={close} />}
      {open === "leave" && <LeaveGroupDialog roomId={room.id} onClose={close} />}
      {open === "delete" && (
        <Confirm
          title={words.remove}
          action={words.remove}
          onClose={close}
          onConfirm={() => deleteGroup(room.id)}
        >
          {words.removeSure}
        </Confirm>
      )}
    </>
  );
}

async function deleteGroup(roomId: string): Promise<void> {
  const done = await attempt(() =>
    chat.api.delete("/rooms/{room_id}", { path: { room_id: roomId } }),
  );
  if (done) navigate("/", { replace: true });
}
