import CloudOff from "lucide-react/icons/cloud-off";
import MessageCirclePlus from "lucide-react/icons/message-circle-plus";
import MessagesSquare from "lucide-react/icons/messages-square";
import Search from "lucide-react/icons/search";
import {
  type KeyboardEvent,
  lazy,
  Suspense,
  useDeferredValue,
  useMemo,
  useRef,
  useState,
} from "react";
import type { Room } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { FINDER_ID } from "../keys/use-shortcuts.ts";
import { Boundary } from "../layout/boundary.tsx";
import { useOffline } from "../layout/use-offline.ts";
import { focusComposer } from "../lib/focus-composer.ts";
import { navigate, paths } from "../lib/router.tsx";
import { useValue } from "../lib/value.ts";
import { NotificationsButton } from "../notifications/button.tsx";
import { text } from "../text/index.ts";
import { Button, IconButton } from "../ui/button.tsx";
import { EmptyState } from "../ui/empty.tsx";
import { TextField } from "../ui/field.tsx";
import { Row } from "../ui/row.tsx";
import { moveAmongRows } from "../ui/row-keys.ts";
import { Skeleton, Spinner } from "../ui/spinner.tsx";
import { matchingRooms } from "./matching.ts";
import { MyMenu } from "./my-menu.tsx";
import styles from "./room-list.module.css";
import { RoomRow } from "./room-row.tsx";

const Finder = lazy(() => import("./finder.tsx").then(({ Finder }) => ({ default: Finder })));
const NewChat = lazy(() => import("./new-chat.tsx").then(({ NewChat }) => ({ default: NewChat })));

interface RoomListProps {
  /** The room that is open beside the list. */
  openId: string | null;
}

/** The sidebar: the user's rooms, the one with the latest activity first. */
export function RoomList({ openId }: RoomListProps) {
  const rooms = useValue(chat.rooms);
  const [query, setQuery] = useState("");
  const [hurried, setHurried] = useState(0);
  const [starting, setStarting] = useState(false);
  const list = useRef<HTMLDivElement>(null);
  const wanted = useDeferredValue(query);
  const chats = useMemo(() => matchingRooms(rooms, wanted), [rooms, wanted]);
  const start = () => setStarting(true);
  const [entry, setEntry] = useState<string | undefined>();
  const listed = (id: string | null | undefined) => rooms.find((room) => room.id === id)?.id;
  const reachable = listed(entry) ?? listed(openId) ?? rooms[0]?.id;

  function write(next: string) {
    setQuery(next);
    setHurried(0);
  }

  /** Enter opens the first match, even if the list has not caught up with the typing yet. */
  function keys(event: KeyboardEvent<HTMLInputElement>) {
    if (event.nativeEvent.isComposing) return;
    const written = event.currentTarget.value;
    const [first] = event.key === "Enter" ? matchingRooms(rooms, written) : [];
    if (first) {
      navigate(paths.room(first.id));
      focusComposer();
      write("");
    } else if (event.key === "Enter" && written.trim()) setHurried(hurried + 1);
    else if (event.key === "Escape" && query) write("");
    else return;
    event.preventDefault();
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys only move the focus inside it.
    <div className={styles.sidebar} onKeyDown={moveAmongRows}>
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
          id={FINDER_ID}
          type="search"
          autoComplete="off"
          label={text.rooms.find}
          hideLabel
          placeholder={text.rooms.find}
          value={query}
          start={<Search size={16} aria-hidden="true" />}
          onChange={(event) => write(event.target.value)}
          onKeyDown={keys}
        />
      </search>
      {wanted.trim() ? (
        <Suspense>
          <Finder
            query={wanted}
            chats={chats}
            openId={openId}
            list={list}
            hurried={hurried}
            onDone={() => write("")}
            onNewChat={start}
          />
        </Suspense>
      ) : rooms.length === 0 ? (
        <NoRooms onStart={start} />
      ) : (
        <ul
          className={styles.list}
          aria-label={text.rooms.title}
          onFocus={({ target }) => setEntry(target.closest("li")?.dataset.room)}
        >
          {rooms.map((room) => (
            <Boundary key={room.id} about={room} instead={<PlainRoom room={room} />}>
              <RoomRow room={room} current={room.id === openId} reachable={room.id === reachable} />
            </Boundary>
          ))}
        </ul>
      )}
      {starting && (
        <Suspense>
          <NewChat
            onClose={() => {
              setStarting(false);
              focusComposer();
            }}
          />
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
