import { useState } from "react";
import { ChatError } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { Link, navigate } from "../lib/router.tsx";
import { accountText } from "../text/account.ts";
import { Button } from "../ui/button.tsx";
import { AccountForm, fieldText } from "./form.tsx";
import { Frame } from "./frame.tsx";
import { NewPasswordField } from "./password-field.tsx";

const words = accountText.reset;

/** The screen of the link in the mail about a forgotten password. */
export function ResetScreen({ token }: { token: string }) {
  const [state, setState] = useState<"asking" | "done" | "bad">("asking");

  async function reset(given: FormData) {
    const body = { token, new_password: fieldText(given, "new_password") };
    try {
      await chat.api.post("/auth/password/reset", { body });
      setState("done");
    } catch (error) {
      if (!isBadToken(error)) throw error;
      setState("bad");
    }
  }

  if (state === "done") {
    return (
      <Frame title={words.done} lead={words.doneLead}>
        <Button variant="primary" wide onClick={() => navigate("/sign-in", { replace: true })}>
          {accountText.signIn.submit}
        </Button>
      </Frame>
    );
  }
  if (state === "bad") {
    const after = <Link href="/forgot">{words.again}</Link>;
    return <Frame title={words.bad} lead={words.badLead} after={after} />;
  }
  return (
    <Frame title={words.title} lead={words.lead}>
      <AccountForm submit={words.submit} onSubmit={reset}>
        {(error) => (
          <NewPasswordField
            label={accountText.password.new}
            name="new_password"
            autoFocus
            error={error("new_password")}
          />
        )}
      </AccountForm>
    </Frame>
  );
}

/** Whether the token was used already, has expired, or never existed. */
export function isBadToken(error: unknown): boolean {
  return error instanceof ChatError && error.errors.some(({ field }) => field === "token");
}
