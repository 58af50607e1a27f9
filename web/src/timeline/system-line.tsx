import type { Message } from "realtime-chat-sdk";
import { useSystemLine } from "../rooms/system-line.ts";
import { Isolated } from "../ui/isolated.tsx";
import styles from "./row.module.css";

/** What happened in the room, as a sentence. */
export function SystemLine({ message }: { message: Message }) {
  const words = useSystemLine(message);
  return (
    <p className={styles.system} dir="auto">
      <Isolated>{words}</Isolated>
    </p>
  );
}
