import { useState } from "react";
import { chat } from "../chat.ts";
import { Link } from "../lib/router.tsx";
import { accountText } from "../text/account.ts";
import { isolate } from "../text/isolate.ts";
import { TextField } from "../ui/field.tsx";
import { Isolated } from "../ui/isolated.tsx";
import { AccountForm, fieldText } from "./form.tsx";
import { Frame } from "./frame.tsx";

const words = accountText.forgot;

export function ForgotScreen() {
  const [sentTo, setSentTo] = useState<string | null>(null);
  const after = <Link href="/sign-in">{words.back}</Link>;

  async function ask(given: FormData) {
    const email = fieldText(given, "email").trim();
    await chat.api.post("/auth/password/forgot", { body: { email } });
    setSentTo(email);
  }

  if (sentTo)
    return (
      <Frame
        title={words.sent}
        lead={<Isolated>{words.sentLead(isolate(sentTo))}</Isolated>}
        after={after}
      />
    );
  return (
    <Frame title={words.title} lead={words.lead} after={after}>
      <AccountForm submit={words.submit} onSubmit={ask}>
        {(error) => (
          <TextField
            label={accountText.signUp.email}
            name="email"
            type="email"
            autoComplete="email"
            autoFocus
            required
            error={error("email")}
          />
        )}
      </AccountForm>
    </Frame>
  );
}
