import { chat } from "../chat.ts";
import { navigate } from "../lib/router.tsx";
import { accountText } from "../text/account.ts";
import { Button } from "../ui/button.tsx";
import { MailLinkScreen } from "./mail-link-screen.tsx";

const words = accountText.verify;

const verify = (token: string) => chat.api.post("/auth/email/verify", { body: { token } });

/** The screen of the link in the mail that confirms a new address. */
export function VerifyScreen({ token }: { token: string }) {
  return (
    <MailLinkScreen token={token} work={verify} words={words}>
      <Button variant="primary" wide onClick={() => navigate("/", { replace: true })}>
        {words.go}
      </Button>
    </MailLinkScreen>
  );
}
