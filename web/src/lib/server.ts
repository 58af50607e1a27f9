import type { ClientConfig } from "realtime-chat-sdk";
import { cell, type Value } from "./value.ts";

const SERVER_KEY = "server";

const known = cell<ClientConfig | null>(recall());

/**
 * What the server says of itself. It is what it said the last time until it answers, and null
 * before its first answer.
 */
export const serverConfig: Value<ClientConfig | null> = known;

export function learnServer(config: ClientConfig): void {
  known.set(config);
  // Whether the page may be used here is asked anew each time.
  localStorage.setItem(SERVER_KEY, JSON.stringify({ ...config, origin_allowed: true }));
}

/** A limit of the server. Before it is known, nothing is limited here: the server refuses. */
export function serverLimit(name: keyof ClientConfig["limits"]): number | undefined {
  return known.get()?.limits[name];
}

function recall(): ClientConfig | null {
  try {
    return JSON.parse(localStorage.getItem(SERVER_KEY) ?? "null");
  } catch {
    return null;
  }
}
