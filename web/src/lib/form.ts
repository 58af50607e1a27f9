import { type FormEvent, useState } from "react";
import { ChatError } from "realtime-chat-sdk";
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
  return Object.fromEntries(error.errors.map(({ field, message }) => [field, message]));
}
