import MessageCirclePlus from "lucide-react/icons/message-circle-plus";
import SearchX from "lucide-react/icons/search-x";
import { type MouseEvent, type ReactNode, type RefObject, useEffect, useId, useState } from "react";
import type { Room } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { Boundary } from "../layout/boundary.tsx";
import { attempt } from "../lib/attempt.ts";
import { focusComposer } from "../lib/focus-composer.ts";
import { navigate, paths } from "../lib/router.tsx";
import { userName } from "../people/names.ts";
import { PersonAvatar } from "../people/person-avatar.tsx";
import { writeTo } from "../people/write-to.ts";
import { RoomAvatar } from "../rooms/room-avatar.tsx";
import { Hit, PlainHit } from "../search/hit.tsx";
import { searchEverywhere } from "../search/wanted.ts";
import { finderText } from "../text/finder.ts";
import { number, plural } from "../text/format.ts";
import { text } from "../text/index.ts";
import { Button } from "../ui/button.tsx";
import { EmptyState } from "../ui/empty.tsx";
import { Row } from "../ui/row.tsx";
import { Spinner } from "../ui/spinner.tsx";
import styles from "./finder.module.css";
import { RoomRow } from "./room-row.tsx";
import { useFinder } from "./use-finder.ts";

/** How many chats are shown at first, so that the rest is in sight too. */
const CHATS = 6;
const words = finderText;

interface FinderProps {
  query: string;
  /** The user's own chats that match. */
  chats: readonly Room[];
  openId: string | null;
  list: RefObject<HTMLDivElement | null>;
  /** How often Enter was pressed for these words: the first thing that is found is wanted. */
  hurried: number;
  /** Something was chosen. */
  onDone: () => void;
  onNewChat: () => void;
}

/** Everything that the words lead to: chats, people, public groups and messages. */
export function Finder({ query, chats, openId, list, hurried, onDone, onNewChat }: FinderProps) {
  const { people, groups, messages, loading, failed, retry } = useFinder(query, chats);
  const [all, setAll] = useState(false);
  const shown = all ? chats : chats.slice(0, CHATS);
  const nothing = ![chats, people, groups, messages].some((found) => found.length > 0);

  useEffect(() => {
    if (hurried > 0 && !loading) chooseFirst(list.current);
  }, [hurried, loading, list]);

  const write = async (userId: string) => {
    if (await writeTo(userId)) onDone();
  };
  const join = async (room: Room) => {
    if (!(await attempt(() => chat.joinRoom(room.id)))) return;
    navigate(paths.room(room.id));
    focusComposer();
    onDone();
  };
  return (
    <div ref={list} className={styles.found} aria-busy={loading}>
      <Section title={text.rooms.title} count={chats.length} onFollow={onDone}>
        {shown.map((room) => (
          <Boundary key={room.id} about={room} instead={null}>
            <RoomRow room={room} current={room.id === openId} reachable />
          </Boundary>
        ))}
        {shown.length < chats.length && (
          <li>
            <Button variant="quiet" size="s" onClick={() => setAll(true)}>
              {words.allChats(number(chats.length))}
            </Button>
          </li>
        )}
      </Section>
      <Section title={words.people} count={people.length}>
        {people.map((user) => (
          <li key={user.id}>
            <Row
              start={<PersonAvatar user={user} size={40} />}
              title={<bdi className="cut">{userName(user)}</bdi>}
              subtitle={<bdi className="cut">@{user.username}</bdi>}
              onClick={() => void write(user.id)}
            />
          </li>
        ))}
      </Section>
      <Section title={words.groups} count={groups.length} joins>
        {groups.map((room) => (
          <li key={room.id}>
            <Row
              start={<RoomAvatar room={room} size={40} />}
              title={<bdi className="cut">{room.name}</bdi>}
              aside={text.rooms.create.join}
              subtitle={plural(room.member_count, text.rooms.members)}
              onClick={() => void join(room)}
            />
          </li>
        ))}
      </Section>
      <Section title={words.messages} count={messages.length} onFollow={onDone}>
        {messages.map((found) => (
          <li key={found.message.id}>
            <Boundary about={found} instead={<PlainHit found={found} />}>
              <Hit found={found} />
            </Boundary>
          </li>
        ))}
        <li>
          <Button variant="quiet" size="s" onClick={() => searchEverywhere(query.trim())}>
            {words.allMessages}
          </Button>
        </li>
      </Section>
      {loading && <Spinner label={words.looking} />}
      {failed && (
        <p role="alert" className={styles.failed}>
          {words.failed}
          <Button size="s" onClick={retry}>
            {text.act.retry}
          </Button>
        </p>
      )}
      {nothing && !loading && !failed && <NothingFound query={query} onNewChat={onNewChat} />}
    </div>
  );
}

interface SectionProps {
  title: string;
  count: number;
  /** Whoever presses a row joins something. */
  joins?: boolean;
  /** Called when one of its links is followed. */
  onFollow?: () => void;
  children: ReactNode;
}

function Section({ title, count, joins, onFollow, children }: SectionProps) {
  const id = useId();
  if (count === 0) return null;
  function follow(event: MouseEvent) {
    const link = event.target instanceof Element && event.target.closest("a");
    // Another tab or window was asked for, and this page stays as it is.
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    focusComposer();
    onFollow?.();
  }
  return (
    <section aria-labelledby={id} data-joins={joins}>
      <h3 id={id} className={styles.title}>
        {title}
      </h3>
      {/* biome-ignore lint/a11y: the links inside take the keys, and a click follows one. */}
      <ul aria-labelledby={id} onClick={follow}>
        {children}
      </ul>
    </section>
  );
}

function NothingFound({ query, onNewChat }: { query: string; onNewChat: () => void }) {
  const action = (
    <Button icon={<MessageCirclePlus size={16} />} onClick={onNewChat}>
      {text.rooms.start}
    </Button>
  );
  return (
    <EmptyState icon={<SearchX size={28} />} title={words.nothing(query.trim())} action={action}>
      {words.nothingHint}
    </EmptyState>
  );
}

/**
 * Opens the first chat, person or message. A group is not joined without a look at it: it gets the
 * focus, and the next Enter joins it.
 */
function chooseFirst(list: HTMLElement | null): void {
  const first = list?.querySelector<HTMLElement>("[data-row]");
  first?.focus();
  if (!first?.closest("[data-joins]")) first?.click();
}
