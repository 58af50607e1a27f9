import MessageCirclePlus from "lucide-react/icons/message-circle-plus";
import MessagesSquare from "lucide-react/icons/messages-square";
import Search from "lucide-react/icons/search";
import { type KeyboardEvent, lazy, Suspense, useDeferredValue, useState } from "react";
import type { Room } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { FIND_CHAT_ID } from "../keys/use-shortcuts.ts";
import { Boundary } from "../layout/boundary.tsx";
import { navigate, paths } from "../lib/router.tsx";
import { useValue } from "../lib/value.ts";
import { NotificationsButton } from "../notifications/button.tsx";
import { roomName } from "../rooms/summary.ts";
import { text } from "../text/index.ts";
import { Button, IconButton } from "../ui/button.tsx";
import { EmptyState } from "../ui/empty.tsx";
import { TextField } from "../ui/field.tsx";
import { Row } from "../ui/row.tsx";
import { MyMenu } from "./my-menu.tsx";
import styles from "./room-list.module.css";
import { RoomRow } from "./room-row.tsx";

const NewChat = lazy(() => import("./new-chat.tsx").then(({ NewChat }) => ({ default: NewChat })));

interface RoomListProps {
  /** The room that is open beside the list. */
  openId: string | null;
}

/** The sidebar: the user's rooms, the one with the latest activity first. */
export function RoomList({ openId }: RoomListProps) {
  const rooms = useValue(chat.rooms);
  const [query, setQuery] = useState("");
  const [starting, setStarting] = useState(false);
  const wanted = useDeferredValue(normalized(query));
  const shown = wanted ? rooms.filter((room) => matches(room, wanted)) : rooms;
  const start = () => setStarting(true);

  /** Enter opens the first match, even if the list has not caught up with the typing yet. */
  function keys(event: KeyboardEvent<HTMLInputElement>) {
    if (event.nativeEvent.isComposing) return;
    const written = normalized(event.currentTarget.value);
    const first = event.key === "Enter" && written && rooms.find((room) => matches(room, written));
    if (first) navigate(paths.room(first.id));
    else if (event.key !== "Escape" || !query) return;
    event.preventDefault();
    setQuery("");
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys only move the focus inside it.
    <div className={styles.sidebar} onKeyDown={moveAmongRooms}>
      <header className={styles.header}>
        <MyMenu />
        <h2 className={styles.title}>{text.rooms.title}</h2>
        <NotificationsButton />
        <IconButton
          label={text.rooms.start}
          icon={<MessageCirclePlus size={20} />}
          onClick={start}
        />
      </header>
      <search className={styles.filter}>
        <TextField
          id={FIND_CHAT_ID}
          type="search"
          label={text.rooms.filter}
          hideLabel
          placeholder={text.rooms.filter}
          value={query}
          start={<Search size={16} aria-hidden="true" />}
          onChange={(event) => setQuery(event.target.value)}
          onKeyDown={keys}
        />
      </search>
      {rooms.length === 0 ? (
        <NoRooms onStart={start} />
      ) : (
        <ul className={styles.list} aria-label={text.rooms.title}>
          {shown.map((room) => (
            <Boundary key={room.id} about={room} instead={<PlainRoom room={room} />}>
              <RoomRow room={room} current={room.id === openId} />
            </Boundary>
          ))}
          {shown.length === 0 && <li className={styles.none}>{text.rooms.noneFound(query)}</li>}
        </ul>
      )}
      {starting && (
        <Suspense>
          <NewChat onClose={() => setStarting(false)} />
        </Suspense>
      )}
    </div>
  );
}

/** Shown for a chat whose row has failed: a link to it. */
function PlainRoom({ room }: { room: Room }) {
  return (
    <li>
      <Row href={paths.room(room.id)} title={room.name ?? text.rooms.unnamed} />
    </li>
  );
}

function NoRooms({ onStart }: { onStart: () => void }) {
  const { state } = useValue(chat.connection);
  // Before the first sync it is unknown whether there are any rooms.
  if (state === "connecting" || state === "syncing") return null;
  const action = (
    <Button variant="primary" onClick={onStart}>
      {text.rooms.start}
    </Button>
  );
  return (
    <EmptyState icon={<MessagesSquare size={28} />} title={text.rooms.empty} action={action}>
      {text.rooms.emptyHint}
    </EmptyState>
  );
}

function normalized(query: string): string {
  return query.trim().toLocaleLowerCase();
}

function matches(room: Room, wanted: string): boolean {
  const names = [roomName(room), room.peer?.username ?? ""];
  return names.some((name) => name.toLocaleLowerCase().includes(wanted));
}

/** The up and down arrows move between the rooms, and from the field into the list. */
function moveAmongRooms(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.defaultPrevented) return;
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>("ul a")];
  const now = links.indexOf(document.activeElement as HTMLElement);
  const isField = document.activeElement instanceof HTMLInputElement;
  if (now < 0 && !(isField && step > 0)) return;
  event.preventDefault();
  links[Math.min(Math.max(now + step, 0), links.length - 1)]?.focus();
}
