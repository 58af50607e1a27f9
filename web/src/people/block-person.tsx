import type { User } from "realtime-chat-sdk";
import { attempt } from "../lib/attempt.ts";
import { text } from "../text/index.ts";
import { isolate } from "../text/isolate.ts";
import { Confirm } from "../ui/confirm.tsx";
import { Isolated } from "../ui/isolated.tsx";
import { setBlocked } from "./blocks.ts";
import { userName } from "./names.ts";

const words = text.people;

interface BlockPersonProps {
  user: User;
  onClose: () => void;
}

/** Asks for confirmation, and then blocks the user. */
export function BlockDialog({ user, onClose }: BlockPersonProps) {
  return (
    <Confirm
      title={words.block}
      action={words.block}
      onClose={onClose}
      onConfirm={() => changeBlock(user, true)}
    >
      <Isolated>{words.blockSure(isolate(userName(user)))}</Isolated>
    </Confirm>
  );
}

export async function changeBlock(user: User, on: boolean): Promise<void> {
  const name = isolate(userName(user));
  await attempt(() => setBlocked(user, on), on ? words.blocked(name) : words.unblocked(name));
}
