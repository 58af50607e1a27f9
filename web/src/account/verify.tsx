import { useEffect, useState } from "react";
import { chat } from "../chat.ts";
import { refusal } from "../lib/refusal.ts";
import { navigate } from "../lib/router.tsx";
import { accountText } from "../text/account.ts";
import { Button } from "../ui/button.tsx";
import { Spinner } from "../ui/spinner.tsx";
import { Frame } from "./frame.tsx";
import { isBadToken } from "./reset.tsx";

const words = accountText.verify;

/** A token is spent by its first use, and effects may run twice. */
const asked = new Map<string, Promise<unknown>>();

function verify(token: string): Promise<unknown> {
  const work = asked.get(token) ?? chat.api.post("/auth/email/verify", { body: { token } });
  asked.set(token, work);
  return work;
}

/** Where the mail about a new address leads. */
export function Verify({ token }: { token: string }) {
  const [said, setSaid] = useState<{ title: string; lead: string } | null>(null);
  useEffect(() => {
    verify(token).then(
      () => setSaid({ title: words.done, lead: words.doneLead }),
      (error: unknown) =>
        setSaid({ title: words.bad, lead: isBadToken(error) ? words.badLead : refusal(error) }),
    );
  }, [token]);
  if (!said) {
    return (
      <Frame title={words.busy}>
        <Spinner size="l" />
      </Frame>
    );
  }
  return (
    <Frame title={said.title} lead={said.lead}>
      <Button variant="primary" wide onClick={() => navigate("/", { replace: true })}>
        {words.go}
      </Button>
    </Frame>
  );
}
