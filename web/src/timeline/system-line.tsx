import type { Message } from "realtime-chat-sdk";
import { useSystemLine } from "../rooms/system-line.ts";
import styles from "./row.module.css";

/** What happened in the room, as a sentence. */
export function SystemLine({ message }: { message: Message }) {
  const words = useSystemLine(message);
  return (
    <p className={styles.system} dir="auto">
      {words}
    </p>
  );
}
