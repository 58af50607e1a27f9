import Search from "lucide-react/icons/search";
import SearchX from "lucide-react/icons/search-x";
import { useCallback, useEffect, useState } from "react";
import type { Found, Member, User } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { Boundary } from "../layout/boundary.tsx";
import { PanelPane } from "../layout/pane.tsx";
import { usePages, useSettled } from "../lib/use-pages.ts";
import { cell, useValue } from "../lib/value.ts";
import { userName } from "../people/names.ts";
import { oneLine } from "../rooms/summary.ts";
import { useMessage } from "../rooms/use-message.ts";
import { text } from "../text/index.ts";
import { Button } from "../ui/button.tsx";
import { EmptyState } from "../ui/empty.tsx";
import { Select, TextField } from "../ui/field.tsx";
import { Spinner } from "../ui/spinner.tsx";
import { Hit, PlainHit } from "./hit.tsx";
import styles from "./search.module.css";
import { wantedSearch } from "./wanted.ts";

interface Filters {
  q: string;
  room: string;
  from: string;
  after: string;
  before: string;
}

const ALL: Filters = { q: "", room: "", from: "", after: "", before: "" };

/** Searches all of the user's rooms, or only the open one. */
export function SearchPanel({ roomId }: { roomId: string | null }) {
  const [filters, setFilters] = useState<Filters>({ ...ALL, room: roomId ?? "" });
  useEffect(() => {
    const take = () => {
      const asked = wantedSearch.get();
      wantedSearch.set(null);
      if (asked) setFilters({ ...ALL, q: asked });
    };
    take();
    return wantedSearch.subscribe(take);
  }, []);
  const set = (changes: Partial<Filters>) => setFilters({ ...filters, ...changes });
  const wanted = useSettled(filters, 250);
  return (
    <PanelPane title={text.search.title}>
      <search className={styles.form}>
        <TextField
          type="search"
          autoFocus
          label={text.search.label}
          hideLabel
          placeholder={text.search.hint}
          value={filters.q}
          start={<Search size={16} aria-hidden="true" />}
          onChange={(event) => set({ q: event.target.value })}
        />
        <Narrow filters={filters} set={set} roomId={roomId} />
      </search>
      {wanted.q.trim() ? (
        <Results
          key={JSON.stringify(wanted)}
          filters={wanted}
          onWiden={() => setFilters({ ...ALL, q: wanted.q })}
        />
      ) : (
        <EmptyState icon={<Search size={28} />} title={text.search.title}>
          {text.search.idle}
        </EmptyState>
      )}
    </PanelPane>
  );
}

interface NarrowProps {
  filters: Filters;
  set: (changes: Partial<Filters>) => void;
  roomId: string | null;
}

function Narrow({ filters, set, roomId }: NarrowProps) {
  const words = text.search;
  const people = usePeople(filters.room);
  return (
    <div className={styles.filters}>
      {roomId && (
        <Select
          label={words.where}
          value={filters.room}
          options={[
            { value: "", label: words.everywhere },
            { value: roomId, label: words.here },
          ]}
          onChange={(room) => set({ room, from: "" })}
        />
      )}
      <Select
        label={words.from}
        value={filters.from}
        options={[
          { value: "", label: words.anyone },
          ...people.map((user) => ({ value: user.id, label: userName(user) })),
        ]}
        onChange={(from) => set({ from })}
      />
      <TextField
        type="date"
        label={words.after}
        value={filters.after}
        onChange={(event) => set({ after: event.target.value })}
      />
      <TextField
        type="date"
        label={words.before}
        value={filters.before}
        onChange={(event) => set({ before: event.target.value })}
      />
    </div>
  );
}

const NOBODY = cell<readonly Member[]>([]);

/** The authors to choose from: the room's members, or else the people of the direct chats. */
function usePeople(roomId: string): readonly User[] {
  const rooms = useValue(chat.rooms);
  const me = useValue(chat.account);
  const members = useValue(roomId ? chat.room(roomId).members : NOBODY);
  const found = roomId
    ? members.map((member) => member.user)
    : [...(me ? [me] : []), ...rooms.flatMap((room) => room.peer ?? [])];
  return found.filter((user) => !user.deleted);
}

interface ResultsProps {
  filters: Filters;
  /** Searches for the same words everywhere. */
  onWiden: () => void;
}

function Results({ filters, onWiden }: ResultsProps) {
  const fetch = useCallback(
    (cursor: string | undefined, signal: AbortSignal) =>
      chat.api.get("/search/messages", { query: { ...searchQuery(filters), cursor }, signal }),
    [filters],
  );
  const { items, state, more } = usePages<Found>(fetch);
  if (state === "ready" && items.length === 0) {
    const narrow = filters.room || filters.from || filters.after || filters.before;
    const action = narrow && <Button onClick={onWiden}>{text.search.widen}</Button>;
    return (
      <EmptyState icon={<SearchX size={28} />} title={text.search.none} action={action}>
        {text.search.noneHint}
      </EmptyState>
    );
  }
  return (
    <div aria-busy={state === "loading"}>
      <ul className={styles.hits}>
        {items.map((found) => (
          <FoundMessage key={found.message.id} found={found} />
        ))}
      </ul>
      <div className={styles.more}>
        {state === "loading" && <Spinner />}
        {state === "failed" && <p role="alert">{text.errors.unavailable}</p>}
        {more && state === "ready" && <Button onClick={more}>{text.search.more}</Button>}
      </div>
    </div>
  );
}

/** A hit, as long as the message can be read. */
function FoundMessage({ found }: { found: Found }) {
  const { room_id, seq } = found.message;
  const message = useMessage(room_id, seq, found.message);
  if (!message) return null;
  // The words that were looked for may stand elsewhere in another text, or nowhere.
  const changed = message.text !== found.message.text;
  const now: Found = changed
    ? { message, excerpt: oneLine(message), hits: [] }
    : { ...found, message };
  return (
    <li>
      <Boundary about={message} instead={<PlainHit found={now} />}>
        <Hit found={now} />
      </Boundary>
    </li>
  );
}

function searchQuery({ q, room, from, after, before }: Filters) {
  return {
    q: q.trim(),
    room_id: room || undefined,
    from: from || undefined,
    after: after ? midnight(after) : undefined,
    before: before ? midnight(before, 1) : undefined,
  };
}

/** Midnight in the local time zone at the start of that day, or `later` days after it. */
function midnight(day: string, later = 0): string {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date + later).toISOString();
}
