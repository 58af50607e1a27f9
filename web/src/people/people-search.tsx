import Search from "lucide-react/icons/search";
import { type ReactNode, useCallback, useState } from "react";
import type { User } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { usePages, useSettled } from "../lib/use-pages.ts";
import { useValue } from "../lib/value.ts";
import { text } from "../text/index.ts";
import { TextField } from "../ui/field.tsx";
import { Row } from "../ui/row.tsx";
import { userName } from "./names.ts";
import styles from "./people.module.css";
import { PersonAvatar } from "./person-avatar.tsx";

interface PeopleSearchProps {
  onPick: (user: User) => void;
  /** Whether the field gets the focus at once. */
  focus?: boolean | undefined;
  picked?: ReadonlySet<string> | undefined;
  /** People who are not offered, such as those who are members already. */
  without?: ReadonlySet<string> | undefined;
  /** Shown at the end of each person's row. */
  end?: ((user: User) => ReactNode) | undefined;
}

/**
 * Finds people by name or username. Until something is typed, it lists those the user chats with.
 */
export function PeopleSearch({ onPick, picked, without, end, focus }: PeopleSearchProps) {
  const [query, setQuery] = useState("");
  const wanted = useSettled(query.trim());
  return (
    <div className={styles.search}>
      <TextField
        type="search"
        autoFocus={focus}
        autoComplete="off"
        label={text.rooms.create.search}
        hideLabel
        placeholder={text.rooms.create.searchHint}
        value={query}
        start={<Search size={16} aria-hidden="true" />}
        onChange={(event) => setQuery(event.target.value)}
      />
      {wanted ? (
        <FoundPeople {...{ wanted, onPick, picked, without, end }} />
      ) : (
        <KnownPeople {...{ onPick, picked, without, end }} />
      )}
    </div>
  );
}

type ListProps = PeopleSearchProps;

function KnownPeople(props: ListProps) {
  const rooms = useValue(chat.rooms);
  const users = rooms.flatMap((room) => (room.peer && !room.peer.deleted ? [room.peer] : []));
  return <PeopleList {...props} users={users} />;
}

function FoundPeople({ wanted, ...props }: ListProps & { wanted: string }) {
  const fetch = useCallback(
    (cursor: string | undefined, signal: AbortSignal) =>
      chat.api.get("/users", { query: { q: wanted, cursor }, signal }),
    [wanted],
  );
  const { items, state } = usePages(fetch);
  if (state === "ready" && items.length === 0) {
    return <p className={styles.none}>{text.rooms.create.noPeople}</p>;
  }
  return <PeopleList {...props} users={items} />;
}

function PeopleList({
  users,
  onPick,
  picked,
  without,
  end,
}: ListProps & { users: readonly User[] }) {
  const me = useValue(chat.account);
  const shown = users.filter((user) => user.id !== me?.id && !without?.has(user.id));
  return (
    <ul className={styles.list}>
      {shown.map((user) => (
        <li key={user.id}>
          <Row
            start={<PersonAvatar user={user} size={40} />}
            title={<bdi className="cut">{userName(user)}</bdi>}
            subtitle={<bdi className="cut">@{user.username}</bdi>}
            picked={picked?.has(user.id)}
            end={end?.(user)}
            onClick={() => onPick(user)}
          />
        </li>
      ))}
    </ul>
  );
}
