import { chat } from "../chat.ts";
import { attempt } from "../lib/attempt.ts";
import { accountText } from "../text/account.ts";
import { plural } from "../text/format.ts";
import { Confirm } from "../ui/confirm.tsx";

interface SignOutDialogProps {
  /** How many messages would be lost. */
  unsent: number;
  onClose: () => void;
}

/** Asks before a sign-out that deletes unsent messages. */
export function SignOutDialog({ unsent, onClose }: SignOutDialogProps) {
  return (
    <Confirm
      title={accountText.signOutTitle}
      action={accountText.signOut}
      onClose={onClose}
      onConfirm={async () => void (await attempt(() => chat.signOut()))}
    >
      {plural(unsent, accountText.signOutSure)}
    </Confirm>
  );
}
