import { useState } from "react";
import { beside, Link, paths } from "../lib/router.tsx";
import { userName } from "../people/names.ts";
import { useUser } from "../people/use-user.ts";
import { detailsText } from "../text/details.ts";
import { text } from "../text/index.ts";
import { OtherFile } from "../timeline/other-file.tsx";
import { useFresh } from "../timeline/use-fresh-attachments.ts";
import { Button } from "../ui/button.tsx";
import { BriefTime } from "../ui/moment.tsx";
import { Spinner } from "../ui/spinner.tsx";
import { Tabs } from "../ui/tabs.tsx";
import styles from "./shared.module.css";
import { SharedMedia } from "./shared-media.tsx";
import { type SharedFile, type SharedKind, useShared } from "./use-shared.ts";

const SHARED_KINDS: readonly SharedKind[] = ["media", "audio", "file"];

/** What was sent into a room, by kinds, with ways to the messages. */
export function SharedFiles({ roomId }: { roomId: string }) {
  const [kind, setKind] = useState<SharedKind>("media");
  const words = detailsText.shared;
  return (
    <section className={styles.shared}>
      <h3 className={styles.title}>{words.title}</h3>
      <Tabs
        label={words.title}
        tabs={SHARED_KINDS.map((value) => ({ value, label: words.kinds[value] }))}
        value={kind}
        onChange={setKind}
      >
        <OfKind key={kind} roomId={roomId} kind={kind} />
      </Tabs>
    </section>
  );
}

function OfKind({ roomId, kind }: { roomId: string; kind: SharedKind }) {
  const { files, state, more } = useShared(roomId, kind);
  const words = detailsText.shared;
  if (files.length === 0 && state === "loading") return <Spinner label={text.room.loading} />;
  if (files.length === 0) {
    return (
      <p className={styles.none}>
        {state === "failed" ? text.errors.unavailable : words.none[kind]}
      </p>
    );
  }
  return (
    <>
      {kind === "media" ? <SharedMedia files={files} /> : <FileList files={files} />}
      {more && (
        <Button size="s" variant="quiet" busy={state === "loading"} onClick={more}>
          {detailsText.members.more}
        </Button>
      )}
    </>
  );
}

function FileList({ files }: { files: readonly SharedFile[] }) {
  const [fresh, refresh] = useFresh();
  return (
    <ul className={styles.files}>
      {files.map(({ file, message }) => (
        <li key={`${message.seq} ${file.id}`}>
          <OtherFile attachment={fresh(file)} onGone={() => refresh(message)} />
          <Source message={message} />
        </li>
      ))}
    </ul>
  );
}

/** Who has sent it and when, as a link to the message. */
function Source({ message: { room_id, seq, author_id, created_at } }: Pick<SharedFile, "message">) {
  const author = useUser(author_id);
  return (
    <Link
      href={beside(paths.room(room_id, seq))}
      className={styles.source}
      title={text.room.media.toMessage}
    >
      <bdi className="cut">{userName(author)}</bdi>
      <span aria-hidden="true">·</span>
      <BriefTime at={created_at} />
    </Link>
  );
}
