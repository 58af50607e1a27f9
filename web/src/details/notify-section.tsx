import BellOff from "lucide-react/icons/bell-off";
import type { Room, RoomMe } from "realtime-chat-sdk";
import { useIsPast } from "../lib/times.ts";
import { FOREVER, setNotify } from "../rooms/mute.ts";
import { detailsText } from "../text/details.ts";
import { exact } from "../text/format.ts";
import { Button } from "../ui/button.tsx";
import { Select } from "../ui/field.tsx";
import { Menu, MenuItem } from "../ui/menu.tsx";
import styles from "./details.module.css";

const HOUR = 3_600_000;

/** The settings of how much the user wants to hear from a room. */
export function NotifySection({ room }: { room: Room }) {
  const words = detailsText.notify;
  const { me } = room;
  if (!me) return null;
  const levels = (["all", "mentions", "none"] as const).map((value) => ({
    value,
    label: words[value],
  }));
  return (
    <section className={styles.section}>
      <Select
        label={words.title}
        value={me.notify}
        options={levels}
        onChange={(notify) => void setNotify(room.id, { notify: notify as RoomMe["notify"] })}
      />
      <MuteControl roomId={room.id} until={me.muted_until} />
    </section>
  );
}

function MuteControl({ roomId, until }: { roomId: string; until: string | null }) {
  const words = detailsText.notify;
  const mute = (muted_until: string | null) => void setNotify(roomId, { muted_until });
  const after = (ms: number) => mute(new Date(Date.now() + ms).toISOString());
  const over = useIsPast(until);
  if (until && !over) {
    return (
      <div className={styles.muted}>
        <span>{until >= FOREVER ? words.forever : words.until(exact(until))}</span>
        <Button size="s" onClick={() => mute(null)}>
          {words.unmute}
        </Button>
      </div>
    );
  }
  const trigger = (
    <Button size="s" icon={<BellOff size={14} />}>
      {words.mute}
    </Button>
  );
  return (
    <Menu trigger={trigger} label={words.mute}>
      <MenuItem onSelect={() => after(HOUR)}>{words.hour}</MenuItem>
      <MenuItem onSelect={() => after(24 * HOUR)}>{words.day}</MenuItem>
      <MenuItem onSelect={() => mute(FOREVER)}>{words.always}</MenuItem>
    </Menu>
  );
}
