import { type ReactNode, useEffect, useState } from "react";
import { refusal } from "../lib/refusal.ts";
import { Spinner } from "../ui/spinner.tsx";
import { Frame } from "./frame.tsx";
import { isBadToken } from "./reset.tsx";

interface MailedProps {
  token: string;
  /** Does what the link is for. Must be the same function for the same kind of link. */
  work: (token: string) => Promise<unknown>;
  words: Readonly<Record<"busy" | "done" | "doneLead" | "bad" | "badLead", string>>;
  /** A link or button that leads on from here. */
  children: ReactNode;
}

/** A token can be used only once, but effects may run twice. */
const asked = new Map<string, Promise<unknown>>();

function once(token: string, work: MailedProps["work"]): Promise<unknown> {
  const answer = asked.get(token) ?? work(token);
  asked.set(token, answer);
  return answer;
}

/** The screen of a link in a mail that does its work as soon as it is opened. */
export function MailLinkScreen({ token, work, words, children }: MailedProps) {
  const [said, setSaid] = useState<{ title: string; lead: string } | null>(null);
  useEffect(() => {
    once(token, work).then(
      () => setSaid({ title: words.done, lead: words.doneLead }),
      (error: unknown) =>
        setSaid({ title: words.bad, lead: isBadToken(error) ? words.badLead : refusal(error) }),
    );
  }, [token, work, words]);
  if (!said) {
    return (
      <Frame title={words.busy}>
        <Spinner size="l" />
      </Frame>
    );
  }
  return (
    <Frame title={said.title} lead={said.lead}>
      {children}
    </Frame>
  );
}
