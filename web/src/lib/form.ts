import { type FormEvent, useState } from "react";
import { ChatError } from "realtime-chat-sdk";
import { text } from "../text/index.ts";
import { capitalized, refusal } from "./refusal.ts";
import { toast } from "./toasts.ts";

const known: Readonly<Record<string, string>> = text.fieldErrors;

/**
 * Fields that prove who the user is. Errors about a wrong password, or too many attempts, belong
 * there.
 */
const PASSWORDS = ["current_password", "password"];

/**
 * A form that the server checks. Errors about a field are shown at that field, the rest in a toast.
 * What the fields' own attributes rule out is shown before the server is asked. The form needs
 * `noValidate`, so that the browser does not show it as well.
 */
export function useForm() {
  const [busy, setBusy] = useState(false);
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});

  async function submit(event: FormEvent<HTMLFormElement>, work: () => Promise<void>) {
    event.preventDefault();
    if (busy) return;
    const form = event.currentTarget;
    if (tell(form, evident(form))) return;
    setBusy(true);
    try {
      await work();
    } catch (error) {
      if (!tell(form, fieldErrors(error, form))) toast(refusal(error), { kind: "danger" });
    } finally {
      setBusy(false);
    }
  }

  /**
   * Shows the errors, and focuses the first field that has one. Returns whether there is such a
   * field.
   */
  function tell(form: HTMLFormElement, found: Readonly<Record<string, string>>): boolean {
    setErrors(found);
    const first = Object.keys(found).find((name) => form.elements.namedItem(name));
    if (first) (form.elements.namedItem(first) as HTMLElement).focus();
    return first !== undefined;
  }

  /** Removes the error of a field once the field is valid. */
  function mend({ target }: FormEvent<HTMLFormElement>): void {
    if (!(target instanceof HTMLInputElement) || !errors[target.name]) return;
    if (target.validity.valid) setErrors({ ...errors, [target.name]: "" });
  }

  return { busy, submit, mend, error: (field: string): string | undefined => errors[field] };
}

/** In the order of the fields. */
function evident(form: HTMLFormElement): Record<string, string> {
  const fields = [...form.elements].filter((each) => each instanceof HTMLInputElement);
  const wrong = fields.filter(({ validity }) => !validity.valid);
  return Object.fromEntries(wrong.map((each) => [each.name, complaint(each)]));
}

function complaint({ name, validity, minLength }: HTMLInputElement): string {
  if (validity.valueMissing) return text.invalid.missing;
  if (validity.tooShort) return text.invalid.tooShort(minLength);
  return known[name] ?? text.errors.validation_failed;
}

function fieldErrors(error: unknown, form: HTMLFormElement): Record<string, string> {
  if (!(error instanceof ChatError)) return {};
  const password = PASSWORDS.find((name) => form.elements.namedItem(name));
  if (password && error.code === "invalid_credentials") {
    return { [password]: text.invalid.password };
  }
  if (password && error.code === "rate_limited") return { [password]: refusal(error) };
  const said = error.errors.map(({ field, message }) => [field, words(error, field, message)]);
  return Object.fromEntries(said);
}

/** In the reader's language if the app has words for it, and otherwise as the server says it. */
function words(error: ChatError, field: string, message: string): string {
  if (error.code === "conflict") return text.errors.conflict;
  // The message is shown at the field, so it need not start with the field's name.
  return known[field] ?? capitalized(message.replace(`${field} `, ""));
}
