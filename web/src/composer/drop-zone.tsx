import { type ReactNode, useCallback, useRef } from "react";
import type { Room } from "realtime-chat-sdk";
import { text } from "../text/index.ts";
import styles from "./drop-zone.module.css";
import { uploadsOf } from "./uploads.ts";
import { useClosed } from "./use-closed.ts";
import { useDrop } from "./use-drop.ts";

/** Takes files that are dropped anywhere on a room, if the user can write there. */
export function DropZone({ room, children }: { room: Room; children: ReactNode }) {
  const place = useRef<HTMLDivElement>(null);
  const closed = useClosed(room) !== null;
  const add = useCallback(
    (files: readonly File[]) => closed || uploadsOf(room.id).addFiles(files),
    [room.id, closed],
  );
  const over = useDrop(place, add);
  return (
    <div ref={place} className={styles.zone}>
      {children}
      {over && !closed && <div className={styles.drop}>{text.room.composer.drop}</div>}
    </div>
  );
}
