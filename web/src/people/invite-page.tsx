import Ticket from "lucide-react/icons/ticket";
import { useEffect, useState } from "react";
import type { Preview } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { MainPane } from "../layout/pane.tsx";
import { attempt } from "../lib/attempt.ts";
import { navigate, paths } from "../lib/router.tsx";
import { plural } from "../text/format.ts";
import { text } from "../text/index.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button } from "../ui/button.tsx";
import { cx } from "../ui/cx.ts";
import { EmptyState } from "../ui/empty.tsx";
import { Spinner } from "../ui/spinner.tsx";
import styles from "./people.module.css";

type State = { name: "loading" | "gone" } | { name: "ready"; room: Preview["room"] };

/** The page of an invitation link. */
export function InvitePage({ code }: { code: string }) {
  const [state, setState] = useState<State>({ name: "loading" });
  useEffect(() => {
    chat.api.get("/invites/{code}", { path: { code } }).then(
      ({ room }) => setState({ name: "ready", room }),
      () => setState({ name: "gone" }),
    );
  }, [code]);
  return (
    <MainPane title={text.invites.title}>
      {state.name === "loading" && (
        <div className="centred">
          <Spinner size="l" />
        </div>
      )}
      {state.name === "gone" && (
        <EmptyState icon={<Ticket size={28} />} title={text.invites.gone}>
          {text.invites.goneHint}
        </EmptyState>
      )}
      {state.name === "ready" && <Invitation code={code} room={state.room} />}
    </MainPane>
  );
}

function Invitation({ code, room }: { code: string; room: Preview["room"] }) {
  const [busy, setBusy] = useState(false);
  async function join() {
    setBusy(true);
    const joined = await attempt(() => chat.acceptInvite(code));
    setBusy(false);
    if (joined) navigate(paths.room(joined.answer.id), { replace: true });
  }
  return (
    <div className={cx(styles.card, styles.invitation)}>
      <Avatar square id={room.id} name={room.name ?? ""} url={room.avatar_url} size={96} />
      <h2 className={styles.name}>
        <bdi>{room.name}</bdi>
      </h2>
      <p className={styles.soft}>{plural(room.member_count, text.rooms.members)}</p>
      {room.topic && (
        <p className={styles.bio} dir="auto">
          {room.topic}
        </p>
      )}
      <Button variant="primary" busy={busy} onClick={() => void join()}>
        {text.invites.join}
      </Button>
    </div>
  );
}
