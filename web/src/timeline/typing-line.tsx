import type { User } from "realtime-chat-sdk";
import { useValue } from "../lib/value.ts";
import { userName } from "../people/names.ts";
import { useUsers } from "../people/use-users.ts";
import { useRoomScope } from "../room/context.ts";
import { list } from "../text/format.ts";
import { text } from "../text/index.ts";
import { isolate } from "../text/isolate.ts";
import { Isolated } from "../ui/isolated.tsx";
import styles from "./timeline.module.css";

/** Who is typing. Its place is always reserved, so nothing moves. */
export function TypingLine() {
  const { handle } = useRoomScope();
  const users = useUsers(useValue(handle.typing));
  return (
    <div className={styles.typing} dir="auto">
      {users.length > 0 && (
        <>
          <span className={styles.dots} aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          <Isolated>{typingWords(users)}</Isolated>
        </>
      )}
    </div>
  );
}

function typingWords(users: readonly (User | null)[]): string {
  const names = users.map((user) => isolate(userName(user)));
  const [first = ""] = names;
  if (names.length === 1) return text.room.typing.one(first);
  return names.length < 4 ? text.room.typing.two(list(names)) : text.room.typing.many;
}
