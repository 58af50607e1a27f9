import { useState } from "react";
import type { Invite } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { attempt } from "../lib/attempt.ts";
import { detailsText } from "../text/details.ts";
import { plural } from "../text/format.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Select } from "../ui/field.tsx";
import styles from "./details.module.css";

const DAY_SECONDS = 86_400;
const USES = [1, 10, 100];

interface NewInviteProps {
  roomId: string;
  onClose: () => void;
  onMade: (invite: Invite) => void;
}

export function NewInvite({ roomId, onClose, onMade }: NewInviteProps) {
  const [lasts, setLasts] = useState(String(7 * DAY_SECONDS));
  const [most, setMost] = useState("");
  const [busy, setBusy] = useState(false);
  const words = detailsText.invites;
  async function make() {
    setBusy(true);
    const body = { expires_in: Number(lasts), max_uses: most ? Number(most) : null };
    const path = { room_id: roomId };
    const made = await attempt(() => chat.api.post("/rooms/{room_id}/invites", { path, body }));
    setBusy(false);
    if (made) onMade(made.answer);
  }
  const button = (
    <Button variant="primary" busy={busy} onClick={() => void make()}>
      {words.make}
    </Button>
  );
  return (
    <Dialog title={words.make} size="s" onClose={onClose} footer={button}>
      <div className={styles.form}>
        <Select
          label={words.lasts}
          value={lasts}
          onChange={setLasts}
          options={[
            { value: String(DAY_SECONDS), label: words.day },
            { value: String(7 * DAY_SECONDS), label: words.week },
            { value: String(30 * DAY_SECONDS), label: words.month },
          ]}
        />
        <Select
          label={words.atMost}
          value={most}
          onChange={setMost}
          options={[
            { value: "", label: words.noLimit },
            ...USES.map((uses) => ({ value: String(uses), label: plural(uses, words.people) })),
          ]}
        />
      </div>
    </Dialog>
  );
}
