import { type EmojiList, unpackEmoji } from "./names.ts";

let loading: Promise<EmojiList> | undefined;

/** Fetches the list of emoji, once. It is data and no script, because it is long. */
export function loadEmoji(): Promise<EmojiList> {
  loading ??= fetchList().catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function fetchList(): Promise<EmojiList> {
  const answer = await fetch(new URL("./list.json", import.meta.url));
  if (!answer.ok) throw new Error(`no list of emoji: ${answer.status}`);
  return unpackEmoji(await answer.json());
}
