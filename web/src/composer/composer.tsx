import styles from "./composer.module.css";
import { MessageForm, type MessageFormProps } from "./message-form.tsx";
import { useClosed } from "./use-closed.ts";

/** The form for writing, or the reason why the user cannot write here. */
export function Composer(props: MessageFormProps) {
  const reason = useClosed(props.room);
  if (!reason) return <MessageForm {...props} />;
  return (
    <p role="note" className={styles.closed}>
      {reason}
    </p>
  );
}
