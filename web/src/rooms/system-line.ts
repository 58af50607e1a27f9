import type { Message } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { useValue } from "../lib/value.ts";
import { userName } from "../people/names.ts";
import { useUsers } from "../people/use-users.ts";
import { list, plural } from "../text/format.ts";
import { text } from "../text/index.ts";
import { isolate } from "../text/isolate.ts";

type Happened = NonNullable<Message["system"]>;

/** How many people a sentence names. The others are counted. */
const MOST_NAMED = 3;

/** A system message as a sentence, for `Isolated`. */
export function useSystemLine(message: Message): string {
  const { system } = message;
  const me = useValue(chat.account)?.id;
  const whom = system ? namedFirst(system, me) : [];
  const users = useUsers(system ? [system.actor_id, ...whom.slice(0, MOST_NAMED)] : []);
  if (!system) return "";
  const [who = "", ...names] = users.map((user, at) =>
    user && user.id === me ? (at === 0 ? text.system.I : text.system.me) : isolate(userName(user)),
  );
  const rest = whom.length - names.length;
  const all = rest > 0 ? [...names, plural(rest, text.system.more)] : names;
  return systemSentence(system, who, list(all));
}

/** To whom it was done, the reader first. The creator of a group is one of its first members. */
function namedFirst({ event, actor_id, user_ids }: Happened, me: string | undefined): string[] {
  const others = event === "created" ? user_ids.filter((id) => id !== actor_id) : [...user_ids];
  return others.sort((a, b) => Number(b === me) - Number(a === me));
}

function systemSentence(system: Happened, who: string, whom: string): string {
  const words = text.system;
  const [first] = system.user_ids;
  switch (system.event) {
    case "created":
      return whom ? words.createdWith(who, whom) : words.created(who);
    case "joined":
      return first === system.actor_id ? words.joined(who) : words.added(who, whom);
    case "left":
      return words.left(system.actor_id === first ? who : whom || who);
    case "removed":
      return words.removed(who, whom);
    case "renamed":
      return words.renamed(who, isolate(String(system.name ?? "")));
    default:
      return changeSentence(system, who);
  }
}

function changeSentence(system: Happened, who: string): string {
  const words = text.system;
  const { topic, avatar_url, visibility } = system;
  if (topic !== undefined)
    return topic ? words.topic(who, isolate(String(topic))) : words.noTopic(who);
  if (avatar_url !== undefined) return avatar_url ? words.picture(who) : words.noPicture(who);
  if (visibility) return visibility === "public" ? words.public(who) : words.private(who);
  return words.changed(who);
}
