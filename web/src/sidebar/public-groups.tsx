import Search from "lucide-react/icons/search";
import { useCallback, useState } from "react";
import type { Room } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { attempt } from "../lib/attempt.ts";
import { usePages, useSettled } from "../lib/use-pages.ts";
import { RoomAvatar } from "../rooms/room-avatar.tsx";
import { plural } from "../text/format.ts";
import { text } from "../text/index.ts";
import { Button } from "../ui/button.tsx";
import { TextField } from "../ui/field.tsx";
import { Row } from "../ui/row.tsx";
import styles from "./new-chat.module.css";

/** A searchable list of groups that anyone can join. */
export function PublicGroups({ onOpen }: { onOpen: (roomId: string) => void }) {
  const [query, setQuery] = useState("");
  const wanted = useSettled(query.trim());
  const fetch = useCallback(
    (cursor: string | undefined, signal: AbortSignal) =>
      chat.api.get("/rooms/public", { query: { q: wanted || undefined, cursor }, signal }),
    [wanted],
  );
  const { items, state, more } = usePages(fetch);
  const words = text.rooms.create;
  return (
    <div className={styles.form}>
      <TextField
        type="search"
        label={words.find}
        hideLabel
        placeholder={words.name}
        value={query}
        start={<Search size={16} aria-hidden="true" />}
        onChange={(event) => setQuery(event.target.value)}
      />
      <ul className={styles.groups}>
        {items.map((room) => (
          <li key={room.id}>
            <PublicGroup room={room} onOpen={onOpen} />
          </li>
        ))}
      </ul>
      {state === "ready" && items.length === 0 && <p className={styles.none}>{words.noGroups}</p>}
      {more && <Button onClick={more}>{text.search.more}</Button>}
    </div>
  );
}

function PublicGroup({ room, onOpen }: { room: Room; onOpen: (roomId: string) => void }) {
  const [busy, setBusy] = useState(false);
  async function open() {
    if (room.me) return onOpen(room.id);
    setBusy(true);
    if (await attempt(() => chat.joinRoom(room.id))) onOpen(room.id);
    setBusy(false);
  }
  return (
    <Row
      start={<RoomAvatar room={room} size={40} />}
      title={<bdi className="cut">{room.name}</bdi>}
      subtitle={
        <>
          {plural(room.member_count, text.rooms.members)}
          {room.topic && <bdi> · {room.topic}</bdi>}
        </>
      }
      end={
        <Button size="s" busy={busy} onClick={() => void open()}>
          {room.me ? text.rooms.create.joined : text.rooms.create.join}
        </Button>
      }
    />
  );
}
