import { chat } from "../chat.ts";
import { navigate } from "../lib/router.tsx";
import { accountText } from "../text/account.ts";
import { Button } from "../ui/button.tsx";
import { MailLinkScreen } from "./mail-link-screen.tsx";

const words = accountText.undo;

/** This ends all sessions of the account, including one in this browser, which then signs out. */
const undo = (token: string) => chat.api.post("/auth/email/undo", { body: { token } });

/** The screen of the link in the mail that tells the old address about a new one. */
export function UndoEmailScreen({ token }: { token: string }) {
  return (
    <MailLinkScreen token={token} work={undo} words={words}>
      <Button variant="primary" wide onClick={() => navigate("/forgot", { replace: true })}>
        {words.go}
      </Button>
    </MailLinkScreen>
  );
}
