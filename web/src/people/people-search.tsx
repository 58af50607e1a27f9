import Search from "lucide-react/icons/search";
import { type KeyboardEvent, type ReactNode, useCallback, useEffect, useState } from "react";
import type { User } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { usePages, useSettled } from "../lib/use-pages.ts";
import { useValue } from "../lib/value.ts";
import { text } from "../text/index.ts";
import { TextField } from "../ui/field.tsx";
import { Row } from "../ui/row.tsx";
import { moveAmongRows } from "../ui/row-keys.ts";
import { userName } from "./names.ts";
import styles from "./people.module.css";
import { PersonAvatar } from "./person-avatar.tsx";
import { useAcquaintances } from "./use-acquaintances.ts";

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
 * Finds people by name or username. Until something is typed, it suggests those with whom the user
 * shares a room. Enter picks the first one who was found, also if they are found a little later.
 */
export function PeopleSearch({ onPick, picked, without, end, focus }: PeopleSearchProps) {
  const [query, setQuery] = useState("");
  /** Enter was pressed before anybody was found. */
  const [hurried, setHurried] = useState(false);
  const { users, state } = usePeopleLike(query.trim());
  const me = useValue(chat.account);
  const shown = users.filter((user) => user.id !== me?.id && !without?.has(user.id));
  const found = query.trim() !== "" && state === "ready";

  // biome-ignore lint/correctness/useExhaustiveDependencies: it waits for an answer only.
  useEffect(() => {
    if (hurried && state !== "loading") pickFirst();
  }, [hurried, state]);

  function pickFirst() {
    setHurried(false);
    const [first] = shown;
    if (!first || !found) return;
    setQuery("");
    if (!picked?.has(first.id)) onPick(first);
  }

  function keys(event: KeyboardEvent) {
    if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
    // The form around it, if there is one, is not meant.
    event.preventDefault();
    if (found) pickFirst();
    else setHurried(query.trim() !== "");
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys only move the focus inside it.
    <div className={styles.search} onKeyDown={moveAmongRows}>
      <TextField
        type="search"
        autoFocus={focus}
        autoComplete="off"
        label={text.rooms.create.search}
        hideLabel
        placeholder={text.rooms.create.searchHint}
        value={query}
        start={<Search size={16} aria-hidden="true" />}
        onChange={(event) => {
          setHurried(false);
          setQuery(event.target.value);
        }}
        onKeyDown={keys}
      />
      {found && shown.length === 0 && <p className={styles.none}>{text.rooms.create.noPeople}</p>}
      {state === "failed" && (
        <p role="alert" className={styles.none}>
          {text.errors.unavailable}
        </p>
      )}
      {shown.length > 0 && (
        <ul className={styles.list}>
          {shown.map((user, at) => (
            <li key={user.id}>
              <Row
                start={<PersonAvatar user={user} size={40} />}
                title={<bdi className="cut">{userName(user)}</bdi>}
                subtitle={<bdi className="cut">@{user.username}</bdi>}
                picked={picked?.has(user.id)}
                next={found && at === 0}
                end={end?.(user)}
                onClick={() => onPick(user)}
              />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** The people for these words, and whether they are the answer to them already. */
function usePeopleLike(query: string) {
  const wanted = useSettled(query);
  const known = useAcquaintances();
  const fetch = useCallback(
    async (cursor: string | undefined, signal: AbortSignal) =>
      wanted
        ? await chat.api.get("/users", { query: { q: wanted, cursor }, signal })
        : { items: [], next: null },
    [wanted],
  );
  const { items, state } = usePages<User>(fetch);
  return { users: wanted ? items : known, state: wanted === query ? state : ("loading" as const) };
}
