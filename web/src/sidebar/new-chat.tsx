import { useState } from "react";
import type { User } from "realtime-chat-sdk";
import { focusComposer } from "../lib/focus-composer.ts";
import { navigate, paths } from "../lib/router.tsx";
import { PeopleSearch } from "../people/people-search.tsx";
import { writeTo } from "../people/write-to.ts";
import { text } from "../text/index.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Tabs } from "../ui/tabs.tsx";
import styles from "./new-chat.module.css";
import { NewGroupForm } from "./new-group.tsx";
import { PublicGroups } from "./public-groups.tsx";

type Kind = "direct" | "group" | "public";

/** Starts a chat with a person, creates a group, or finds a public one. */
export function NewChat({ onClose }: { onClose: () => void }) {
  const [kind, setKind] = useState<Kind>("direct");
  const write = async (user: User) => {
    if (await writeTo(user.id)) onClose();
  };
  const go = (roomId: string) => {
    onClose();
    navigate(paths.room(roomId));
    focusComposer();
  };
  const words = text.rooms.create;
  const tabs = [
    { value: "direct", label: words.direct },
    { value: "group", label: words.group },
    { value: "public", label: words.find },
  ] as const;
  return (
    <Dialog title={words.title} onClose={onClose}>
      <Tabs label={words.title} tabs={tabs} value={kind} onChange={setKind}>
        <div className={styles.kind}>
          {kind === "direct" && (
            <div className={styles.people}>
              <PeopleSearch focus onPick={(user) => void write(user)} />
            </div>
          )}
          {kind === "group" && <NewGroupForm onCreated={go} />}
          {kind === "public" && <PublicGroups onOpen={go} />}
        </div>
      </Tabs>
    </Dialog>
  );
}
