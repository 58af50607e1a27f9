import { userName } from "../people/names.ts";
import { useUsers } from "../people/use-users.ts";
import { list } from "../text/format.ts";
import { text } from "../text/index.ts";
import { isolate } from "../text/isolate.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Isolated } from "../ui/isolated.tsx";
import styles from "./row.module.css";

const MOST_READERS = 8;

/** The members who have read exactly up to here. */
export function Readers({ ids }: { ids: string }) {
  const users = useUsers(ids.split(","));
  const words = text.room.message.seenBy(list(users.map((user) => isolate(userName(user)))));
  return (
    <div className={styles.readers} title={words}>
      <span className="quiet">
        <Isolated>{words}</Isolated>
      </span>
      {users.slice(0, MOST_READERS).map(
        (user) =>
          user && (
            <span key={user.id} className={styles.reader}>
              <Avatar id={user.id} name={userName(user)} url={user.avatar_url} size={20} />
            </span>
          ),
      )}
      {users.length > MOST_READERS && (
        <span aria-hidden="true">+{users.length - MOST_READERS}</span>
      )}
    </div>
  );
}
