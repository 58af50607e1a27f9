import CloudOff from "lucide-react/icons/cloud-off";
import DoorOpen from "lucide-react/icons/door-open";
import SearchX from "lucide-react/icons/search-x";
import { useEffect, useRef, useState } from "react";
import type { Departure } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { readDraft, setDraft } from "../composer/drafts.ts";
import { MainPane } from "../layout/pane.tsx";
import { attempt } from "../lib/attempt.ts";
import { closePanel, navigate, panel } from "../lib/router.tsx";
import { roomName } from "../rooms/summary.ts";
import { text } from "../text/index.ts";
import { isolate } from "../text/isolate.ts";
import { noRoomText as words } from "../text/no-room.ts";
import { Button } from "../ui/button.tsx";
import { EmptyState } from "../ui/empty.tsx";
import { Isolated } from "../ui/isolated.tsx";
import styles from "./room.module.css";

/** The panels that show something of the room. */
const OF_ROOM: readonly (string | null)[] = ["details", "pins", "search"];

interface NoRoomProps {
  roomId: string;
  departure: Departure | null;
  /** The server knows no such room of this user. If not, there is no connection to ask it. */
  missing: boolean;
}

/** In place of a room that cannot be shown: what has happened, and ways to go on. */
export function NoRoom({ roomId, departure, missing }: NoRoomProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (OF_ROOM.includes(panel.get())) closePanel();
    // What had the focus may be gone with the room.
    if (document.activeElement === document.body) place.current?.focus();
  }, []);
  const { icon, title, hint } = said(departure, missing);
  return (
    <MainPane
      title={departure ? <bdi className="cut">{roomName(departure.room)}</bdi> : text.layout.room}
    >
      <div ref={place} role="alert" tabIndex={-1} className={styles.gone}>
        <EmptyState
          icon={icon}
          title={title}
          action={<Ways roomId={roomId} departure={departure} />}
        >
          {hint}
        </EmptyState>
      </div>
    </MainPane>
  );
}

function said(departure: Departure | null, missing: boolean) {
  if (departure) {
    const { title, hint } = words[departure.reason];
    const sentence = <Isolated>{title(isolate(roomName(departure.room)))}</Isolated>;
    return { icon: <DoorOpen size={28} />, title: sentence, hint };
  }
  return missing
    ? { icon: <SearchX size={28} />, title: words.missing, hint: words.missingHint }
    : { icon: <CloudOff size={28} />, title: words.offline, hint: words.offlineHint };
}

function Ways({ roomId, departure }: Pick<NoRoomProps, "roomId" | "departure">) {
  const [draft, setOwnDraft] = useState(() => readDraft(roomId).text.trim());
  const open = departure?.room.visibility === "public" && departure.reason !== "deleted";
  const copy = async () => {
    const done = await attempt(
      () => navigator.clipboard.writeText(draft),
      text.room.message.copied,
    );
    if (!done) return;
    setDraft(roomId, { text: "", replyTo: null });
    setOwnDraft("");
  };
  return (
    <div className={styles.ways}>
      {departure && draft && <Button onClick={() => void copy()}>{words.copyDraft}</Button>}
      {open && (
        <Button onClick={() => void attempt(() => chat.joinRoom(roomId))}>{words.joinAgain}</Button>
      )}
      <Button variant="primary" onClick={() => navigate("/", { replace: true })}>
        {text.failure.home}
      </Button>
    </div>
  );
}
