import CircleAlert from "lucide-react/icons/circle-exclamation-point";
import { type FormEvent, type ReactNode, useState } from "react";
import { ChatError } from "realtime-chat-sdk";
import { useForm } from "../lib/form.ts";
import { refusal } from "../lib/refusal.ts";
import { Button } from "../ui/button.tsx";
import styles from "./account.module.css";

interface AccountFormProps {
  submit: string;
  /** What to do with the values of the form. */
  onSubmit: (given: FormData) => Promise<void>;
  children: (error: (field: string) => string | undefined) => ReactNode;
}

/**
 * A form with a submit button. An error about a field is shown at that field, any other one at the
 * top.
 */
export function AccountForm({ submit, onSubmit, children }: AccountFormProps) {
  const form = useForm();
  const [failure, setFailure] = useState<string | null>(null);

  function send(event: FormEvent<HTMLFormElement>) {
    const given = new FormData(event.currentTarget);
    setFailure(null);
    return form.submit(event, async () => {
      try {
        await onSubmit(given);
      } catch (error) {
        if (error instanceof ChatError && error.errors.length > 0) throw error;
        setFailure(refusal(error));
      }
    });
  }

  return (
    <form
      method="post"
      noValidate
      className={styles.form}
      onInput={form.mend}
      onSubmit={(event) => void send(event)}
    >
      <div role="alert">
        {failure && (
          <p className={styles.failure}>
            <CircleAlert size={18} aria-hidden="true" />
            {failure}
          </p>
        )}
      </div>
      {children(form.error)}
      <Button variant="primary" type="submit" wide busy={form.busy} className={styles.submit}>
        {submit}
      </Button>
    </form>
  );
}

/** The value of a form's field, as text. */
export const fieldText = (given: FormData, name: string): string => String(given.get(name) ?? "");
