import type { SignedOut } from "realtime-chat-sdk";
import { farewell } from "../farewell.ts";
import { draftsKey } from "../lib/drafts-key.ts";
import { useValue } from "../lib/value.ts";
import { accountText } from "../text/account.ts";
import { list, plural } from "../text/format.ts";
import styles from "./account.module.css";

const REASONS: Readonly<Record<string, string>> = accountText.ended;

/** Says why the user is signed out, and what waits for them. */
export function FarewellNote() {
  const end = useValue(farewell);
  if (!end) return null;
  const kept = keptThings(end);
  return (
    <div role="status" className={styles.farewell}>
      <p>{REASONS[end.reason] ?? accountText.ended.lapsed}</p>
      {kept.length > 0 && <p>{accountText.kept(list(kept))}</p>}
    </div>
  );
}

function keptThings({ userId, kept, unsent }: SignedOut): readonly string[] {
  if (!kept) return [];
  const drafts = (localStorage.getItem(draftsKey(userId)) ?? "{}") !== "{}";
  return [
    ...(drafts ? [accountText.drafts] : []),
    ...(unsent ? [plural(unsent, accountText.unsent)] : []),
  ];
}
