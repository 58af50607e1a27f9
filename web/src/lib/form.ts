import { type FormEvent, useState } from "react";
import { ChatError } from "realtime-chat-sdk";
import { text } from "../text/index.ts";
import { toast } from "../ui/toast.tsx";
import { refusal } from "./refusal.ts";

/** A form that the server checks: what it says of a field stands at that field, the rest in a toast. */
export function useForm() {
  const [busy, setBusy] = useState(false);
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});

  async function submit(event: FormEvent<HTMLFormElement>, work: () => Promise<void>) {
    event.preventDefault();
    if (busy) return;
    const form = event.currentTarget;
    setBusy(true);
    setErrors({});
    try {
      await work();
    } catch (error) {
      const found = fieldErrors(error);
      setErrors(found);
      const first = Object.keys(found).find((name) => form.elements.namedItem(name));
      if (first) (form.elements.namedItem(first) as HTMLElement).focus();
      else toast(refusal(error), { kind: "danger" });
    } finally {
      setBusy(false);
    }
  }

  return { busy, submit, error: (field: string): string | undefined => errors[field] };
}

function fieldErrors(error: unknown): Record<string, string> {
  if (!(error instanceof ChatError)) return {};
  const said = error.errors.map(({ field, message }) => [field, words(error, field, message)]);
  return Object.fromEntries(said);
}

/** In the reader's language where there are words for it, else as the server said it. */
function words(error: ChatError, field: string, message: string): string {
  if (error.code === "conflict") return text.errors.conflict;
  const known: Readonly<Record<string, string>> = text.fieldErrors;
  return known[field] ?? message.charAt(0).toLocaleUpperCase() + message.slice(1);
}
