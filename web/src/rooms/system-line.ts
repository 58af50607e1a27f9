import type { Message } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { useValue } from "../lib/value.ts";
import { userName } from "../people/names.ts";
import { useUsers } from "../people/use-users.ts";
import { list } from "../text/format.ts";
import { text } from "../text/index.ts";
import { isolate } from "../text/isolate.ts";

type Happened = NonNullable<Message["system"]>;

/** A system message as a sentence, for `Isolated`. */
export function useSystemLine(message: Message): string {
  const { system } = message;
  const users = useUsers(system ? [system.actor_id, ...system.user_ids] : []);
  const me = useValue(chat.account)?.id;
  if (!system) return "";
  const [who = "", ...whom] = users.map((user, at) =>
    user && user.id === me ? (at === 0 ? text.system.I : text.system.me) : isolate(userName(user)),
  );
  return systemSentence(system, who, whom);
}

function systemSentence(system: Happened, who: string, whom: readonly string[]): string {
  const words = text.system;
  const [first] = system.user_ids;
  // The creator is one of the first members, and is named already.
  const others = whom.filter((_, at) => system.user_ids[at] !== system.actor_id);
  switch (system.event) {
    case "created":
      return others.length ? words.createdWith(who, list(others)) : words.created(who);
    case "joined":
      return first === system.actor_id ? words.joined(who) : words.added(who, list(whom));
    case "left":
      return words.left(system.actor_id === first ? who : (whom[0] ?? who));
    case "removed":
      return words.removed(who, list(whom));
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
