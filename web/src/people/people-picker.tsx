import Check from "lucide-react/icons/check";
import X from "lucide-react/icons/x";
import type { User } from "realtime-chat-sdk";
import { text } from "../text/index.ts";
import { Avatar } from "../ui/avatar.tsx";
import { userName } from "./names.ts";
import styles from "./people.module.css";
import { PeopleSearch } from "./people-search.tsx";

interface PeoplePickerProps {
  picked: readonly User[];
  onChange: (picked: readonly User[]) => void;
  without?: ReadonlySet<string> | undefined;
  focus?: boolean;
}

/** Picks several people. Those who are picked are listed above the search. */
export function PeoplePicker({ picked, onChange, without, focus }: PeoplePickerProps) {
  const ids = new Set(picked.map((user) => user.id));
  const toggle = (user: User) =>
    onChange(ids.has(user.id) ? picked.filter((one) => one.id !== user.id) : [...picked, user]);
  return (
    <>
      {picked.length > 0 && (
        <ul className={styles.picked}>
          {picked.map((user) => (
            <li key={user.id}>
              <button
                type="button"
                className={styles.chip}
                aria-label={text.people.remove(userName(user))}
                onClick={() => toggle(user)}
              >
                <Avatar id={user.id} name={user.display_name} url={user.avatar_url} size={20} />
                <bdi>{userName(user)}</bdi>
                <X size={14} aria-hidden="true" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <PeopleSearch
        focus={focus}
        picked={ids}
        without={without}
        onPick={toggle}
        end={(user) => ids.has(user.id) && <Check size={18} className={styles.check} />}
      />
    </>
  );
}
