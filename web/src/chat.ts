import { Chat } from "realtime-chat-sdk";
import { learnServer } from "./lib/server.ts";
import { BrowserCache } from "./offline/cache.ts";

/** The client of this page. Everything that is shown comes from it. */
export const chat = new Chat({ cookie: true, device: device(), cache: new BrowserCache() });

/** Asks the server what a page has to know before anybody signs in. */
export async function askServer(): Promise<void> {
  try {
    learnServer(await chat.config(location.origin));
  } catch {
    // What it said the last time still holds, or is asked for at the next start.
  }
}

/** The name of this browser in the list of sessions, such as "Firefox on Windows". */
function device(): string {
  const agent = navigator.userAgent;
  const browser = /(Firefox|Edg|OPR|Chrome|Safari)\//.exec(agent)?.[1] ?? "Browser";
  const system = /(Windows|Android|iPhone|iPad|Mac OS X|CrOS|Linux)/.exec(agent)?.[1] ?? "";
  const name = { Edg: "Edge", OPR: "Opera" }[browser] ?? browser;
  return system ? `${name} on ${system.replace(" OS X", "")}` : name;
}
