import CloudOff from "lucide-react/icons/cloud-off";
import MessageCirclePlus from "lucide-react/icons/message-circle-plus";
import MessagesSquare from "lucide-react/icons/messages-square";
import Search from "lucide-react/icons/search";
import { type KeyboardEvent, lazy, Suspense, useDeferredValue, useState } from "react";
import type { Room } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { FIND_CHAT_ID } from "../keys/use-shortcuts.ts";
import { Boundary } from "../layout/boundary.tsx";
import { useOffline } from "../layout/use-offline.ts";
import { navigate, paths } from "../lib/router.tsx";
import { useValue } from "../lib/value.ts";
import { NotificationsButton } from "../notifications/button.tsx";
import { roomName } from "../rooms/summary.ts";
import { text } from "../text/index.ts";
import { Button, IconButton } from "../ui/button.tsx";
import { EmptyState } from "../ui/empty.tsx";
import { TextField } from "../ui/field.tsx";
import { Row } from "../ui/row.tsx";
import { Skeleton, Spinner } from "../ui/spinner.tsx";
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
  const [entry, setEntry] = useState<string | undefined>();
  const listed = (id: string | null | undefined) => shown.find((room) => room.id === id)?.id;
  const reachable = listed(entry) ?? listed(openId) ?? shown[0]?.id;

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
        <h1 className={styles.title}>
          {text.rooms.title}
          <Updating />
        </h1>
        <NotificationsButton />
        {rooms.length > 0 && (
          <IconButton
            label={text.rooms.start}
            icon={<MessageCirclePlus size={20} />}
            onClick={start}
          />
        )}
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
        <ul
          className={styles.list}
          aria-label={text.rooms.title}
          onFocus={({ target }) => setEntry(target.closest("li")?.dataset.room)}
        >
          {shown.map((room) => (
            <Boundary key={room.id} about={room} instead={<PlainRoom room={room} />}>
              <RoomRow room={room} current={room.id === openId} reachable={room.id === reachable} />
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
  const offline = useOffline();
  // Before the first sync it is unknown whether there are any rooms.
  if (offline) {
    return <EmptyState icon={<CloudOff size={28} />} title={text.rooms.unknown} />;
  }
  if (state === "connecting" || state === "syncing") return <RoomsSkeleton />;
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

/** Shown until it is known which rooms there are. */
function RoomsSkeleton() {
  return (
    <div role="status" aria-label={text.rooms.loading} className={styles.skeleton}>
      {[140, 180, 120, 160].map((width) => (
        <div key={width}>
          <Skeleton width={48} height={48} round />
          <Skeleton width={width} height={16} />
        </div>
      ))}
    </div>
  );
}

/** Beside the title, while what is shown is what was known the last time. */
function Updating() {
  const { state } = useValue(chat.connection);
  if (state !== "connecting" && state !== "syncing") return null;
  return (
    <span className={styles.updating}>
      <Spinner />
    </span>
  );
}

function normalized(query: string): string {
  return query.trim().toLocaleLowerCase();
}

function matches(room: Room, wanted: string): boolean {
  const names = [roomName(room), room.peer?.username ?? ""];
  return names.some((name) => name.toLocaleLowerCase().includes(wanted));
}

/**
 * The up and down arrows, Home and End move between the rooms, and the down arrow from the field into
 * the list. The Tab key leads to one room only.
 */
function moveAmongRooms(event: KeyboardEvent<HTMLElement>): void {
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>("ul a")];
  const now = links.indexOf(document.activeElement as HTMLElement);
  const last = links.length - 1;
  const to = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: last }[event.key];
  if (to === undefined || event.defaultPrevented) return;
  const isField = document.activeElement instanceof HTMLInputElement;
  if (now < 0 && !(isField && event.key === "ArrowDown")) return;
  event.preventDefault();
  links[Math.min(Math.max(to, 0), last)]?.focus();
}
