import { useEffect } from "react";
import { chat } from "../chat.ts";
import { attempt } from "../lib/attempt.ts";
import { ADD_TO_GROUPS, addToGroups } from "../lib/preferences.ts";
import { useValue } from "../lib/value.ts";
import { blocks, loadBlocks, setBlocked } from "../people/blocks.ts";
import { userName } from "../people/names.ts";
import { text } from "../text/index.ts";
import { settingsText } from "../text/settings.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button } from "../ui/button.tsx";
import { Select } from "../ui/field.tsx";
import { Row } from "../ui/row.tsx";
import { changeMe } from "./change-me.ts";
import styles from "./settings.module.css";

export function PrivacySection() {
  return (
    <>
      <AddToGroups />
      <Blocked />
    </>
  );
}

function AddToGroups() {
  const me = useValue(chat.account);
  const words = settingsText.privacy;
  const set = (add_to_groups: string) =>
    attempt(() => changeMe({ preferences: { ...me?.preferences, add_to_groups } }));
  return (
    <section className={styles.form}>
      <Select
        label={words.addToGroups}
        hint={words.addToGroupsHint}
        value={addToGroups(me)}
        options={ADD_TO_GROUPS.map((value) => ({ value, label: words[value] }))}
        onChange={(who) => void set(who)}
      />
    </section>
  );
}

function Blocked() {
  const users = useValue(blocks);
  const words = settingsText.privacy;
  useEffect(() => {
    void attempt(loadBlocks);
  }, []);
  return (
    <section className={styles.form}>
      <h2>{words.blocked}</h2>
      <p className={styles.soft}>{users?.length === 0 ? words.none : words.lead}</p>
      <ul>
        {users?.map((user) => (
          <li key={user.id}>
            <Row
              start={<Avatar id={user.id} name={user.display_name} url={user.avatar_url} />}
              title={<bdi className="cut">{userName(user)}</bdi>}
              subtitle={<bdi className="cut">@{user.username}</bdi>}
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
