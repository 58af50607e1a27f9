import { useEffect, useState } from "react";
import { chat } from "../chat.ts";
import { MainPane } from "../layout/pane.tsx";
import { attempt } from "../lib/attempt.ts";
import { navigate, paths } from "../lib/router.tsx";
import { useValue } from "../lib/value.ts";
import { invitesText } from "../text/invites.ts";
import { Button } from "../ui/button.tsx";
import { Invitation } from "./invitation.tsx";
import { type InvitationState, useInvitation } from "./use-invitation.ts";

/** The page of an invitation link, for signed-in users. Members go straight in. */
export function InvitePage({ code }: { code: string }) {
  const [state, again] = useInvitation(code);
  const searching = useOwnGroup(code, state);
  return (
    <MainPane title={invitesText.title}>
      <Invitation state={searching ? { name: "loading" } : state} onRetry={again}>
        {() => <Join code={code} />}
      </Invitation>
    </MainPane>
  );
}

function Join({ code }: { code: string }) {
  const [busy, setBusy] = useState(false);
  async function join() {
    setBusy(true);
    const joined = await attempt(() => chat.acceptInvite(code));
    setBusy(false);
    if (joined) navigate(paths.room(joined.answer.id), { replace: true });
  }
  return (
    <Button variant="primary" wide busy={busy} onClick={() => void join()}>
      {invitesText.join}
    </Button>
  );
}

/**
 * Opens the group if the user is in it. Returns whether that is not known yet: before the first sync
 * it is not, and a code that is used up still leads its members in.
 */
function useOwnGroup(code: string, state: InvitationState): boolean {
  const id = state.name === "ready" ? state.preview.room.id : "";
  const inside = useValue(chat.rooms).some((room) => room.id === id);
  const connection = useValue(chat.connection).state;
  const [refused, setRefused] = useState(false);
  const known = useKnown(connection === "online" || connection === "waiting");
  const gone = state.name === "gone";
  useEffect(() => {
    if (inside) navigate(paths.room(id), { replace: true });
  }, [inside, id]);
  useEffect(() => {
    if (!gone) return;
    setRefused(false);
    chat.acceptInvite(code).then(
      (room) => navigate(paths.room(room.id), { replace: true }),
      () => setRefused(true),
    );
  }, [gone, code]);
  return gone ? !refused : state.name === "ready" && (inside || !known);
}

/** Whether something has been true once. */
function useKnown(now: boolean): boolean {
  const [known, setKnown] = useState(now);
  if (now && !known) setKnown(true);
  return known || now;
}
