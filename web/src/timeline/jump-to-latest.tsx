import ChevronDown from "lucide-react/icons/chevron-down";
import type { Room } from "realtime-chat-sdk";
import { useValue } from "../lib/value.ts";
import { plural } from "../text/format.ts";
import { text } from "../text/index.ts";
import { Badge } from "../ui/badge.tsx";
import type { Keeper } from "./keeper.ts";
import styles from "./timeline.module.css";

interface JumpToLatestProps {
  keeper: Keeper;
  room: Room;
  onPress: () => void;
}

/** A button that is shown while the reader is away from the end. */
export function JumpToLatest({ keeper, room, onPress }: JumpToLatestProps) {
  const atEnd = useValue(keeper.atEnd);
  if (atEnd) return null;
  const unread = room.me?.unread_count ?? 0;
  return (
    <button
      type="button"
      className={styles.latest}
      aria-label={text.room.latest}
      title={text.room.latest}
      onClick={onPress}
    >
      <ChevronDown size={22} />
      <span className={styles.count}>
        <Badge count={unread} label={plural(unread, text.room.unread)} />
      </span>
    </button>
  );
}
