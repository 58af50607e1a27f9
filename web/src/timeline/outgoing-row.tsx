import CircleAlert from "lucide-react/icons/circle-exclamation-point";
import Clock3 from "lucide-react/icons/clock-3";
import { memo } from "react";
import type { Outgoing } from "realtime-chat-sdk";
import { refusal } from "../lib/refusal.ts";
import { useRoomScope } from "../room/context.ts";
import { oneLine } from "../rooms/summary.ts";
import { useMessage } from "../rooms/use-message.ts";
import { exact, time } from "../text/format.ts";
import { text } from "../text/index.ts";
import { Button } from "../ui/button.tsx";
import { cx } from "../ui/cx.ts";
import { Attachments } from "./attachments.tsx";
import bubble from "./bubble.module.css";
import { Markdown } from "./markdown.tsx";
import { Above } from "./message-row.tsx";
import { Quote } from "./quote.tsx";
import styles from "./row.module.css";
import { WaitingFiles } from "./waiting-files.tsx";

interface OutgoingRowProps {
  outgoing: Outgoing;
  first: boolean;
  last: boolean;
  day: string | null;
  unread: boolean;
}

/** A message that the server has not confirmed yet, and its state. */
export const OutgoingRow = memo(function OutgoingRow(props: OutgoingRowProps) {
  const { outgoing, first, last, day, unread } = props;
  const { text: written, attachments, files, replyTo, createdAt } = outgoing;
  const meta = (
    <span className={bubble.meta}>
      <time dateTime={createdAt}>{time(createdAt)}</time>
      <Clock3 size={13} role="img" aria-label={text.room.message.sending} />
    </span>
  );
  const failed = outgoing.state === "failed";
  return (
    <article
      aria-label={`${text.room.you}, ${exact(createdAt)}`}
      className={cx(styles.row, first && styles.first)}
    >
      <Above day={day} unread={unread} />
      <div className={cx(styles.line, styles.own)}>
        <div
          className={cx(
            bubble.bubble,
            bubble.own,
            first && bubble.first,
            last && bubble.last,
            failed && bubble.failed,
          )}
        >
          {replyTo && <Answered roomId={outgoing.roomId} seq={replyTo.seq} />}
          {attachments.length > 0 && (
            <Attachments message={{ attachments, room_id: outgoing.roomId, seq: 0 }} />
          )}
          {files.length > 0 && <WaitingFiles files={files} />}
          {written && <Markdown text={written} message={null} tail={failed ? null : meta} />}
          {!written && !failed && <div className={bubble.foot}>{meta}</div>}
        </div>
      </div>
      {failed && <Failed outgoing={outgoing} />}
    </article>
  );
});

/** The message that is answered, once it is known. */
function Answered({ roomId, seq }: { roomId: string; seq: number }) {
  const message = useMessage(roomId, seq);
  if (!message) return null;
  const excerpt = message.deleted_at ? null : oneLine(message);
  return <Quote reply={{ seq, author_id: message.author_id, excerpt, content_type: null }} />;
}

function Failed({ outgoing: { clientId, error } }: { outgoing: Outgoing }) {
  const { handle } = useRoomScope();
  return (
    <div role="alert" className={styles.failed}>
      <CircleAlert size={16} aria-hidden="true" />
      <span>
        {text.room.message.failed} {error && refusal(error)}
      </span>
      <Button variant="quiet" size="s" onClick={() => handle.retry(clientId)}>
        {text.act.retry}
      </Button>
      <Button variant="quiet" size="s" harmful onClick={() => handle.discard(clientId)}>
        {text.room.message.discard}
      </Button>
    </div>
  );
}
