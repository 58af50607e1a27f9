import { useEffect } from "react";
import { attempt } from "../lib/attempt.ts";
import { useValue } from "../lib/value.ts";
import { blocks, loadBlocks, setBlocked } from "../people/blocks.ts";
import { userName } from "../rooms/summary.ts";
import { text } from "../text/index.ts";
import { settingsText } from "../text/settings.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button } from "../ui/button.tsx";
import { Row } from "../ui/row.tsx";
import styles from "./settings.module.css";

export function BlockedSection() {
  const users = useValue(blocks);
  const words = settingsText.privacy;
  useEffect(() => {
    void attempt(loadBlocks);
  }, []);
  return (
    <section className={styles.form}>
      <p className={styles.soft}>{users?.length === 0 ? words.none : words.lead}</p>
      <ul>
        {users?.map((user) => (
          <li key={user.id}>
            <Row
              start={<Avatar id={user.id} name={user.display_name} url={user.avatar_url} />}
              title={<bdi>{userName(user)}</bdi>}
              subtitle={<bdi>@{user.username}</bdi>}
              end={
                <Button size="s" onClick={() => void attempt(() => setBlocked(user, false))}>
                  {text.people.unblock}
                </Button>
              }
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
