import { chat } from "../chat.ts";
import { navigate } from "../lib/router.tsx";
import { accountText } from "../text/account.ts";
import { Button } from "../ui/button.tsx";
import { MailLinkScreen } from "./mailed.tsx";

const words = accountText.undo;

/** It ends all sessions: one of that account in this browser as well, which is then told so. */
const undo = (token: string) => chat.api.post("/auth/email/undo", { body: { token } });

/** Where the mail leads that tells the old address of a new one. */
export function UndoEmailScreen({ token }: { token: string }) {
  return (
    <MailLinkScreen token={token} work={undo} words={words}>
      <Button variant="primary" wide onClick={() => navigate("/forgot", { replace: true })}>
        {words.go}
      </Button>
    </MailLinkScreen>
  );
}
