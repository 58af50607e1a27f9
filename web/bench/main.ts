/**
 * `run.js MEASURE URL [ROOM SEQ]` measures a server's app in Chromium, and prints JSON. `ROOM` is a
 * room of the user who looks, and `SEQ` its last message.
 */

import { audit } from "./audit.ts";
import { open } from "./open.ts";
import { start } from "./start.ts";
import { stream } from "./stream.ts";

const MEASURES = { start, open, stream, audit };

export async function main([
  name = "",
  url = "",
  room = "",
  last = "",
]: readonly string[]): Promise<void> {
  if (!(name in MEASURES)) throw new Error(`one of ${Object.keys(MEASURES)}, and a URL`);
  console.log(JSON.stringify(await MEASURES[name as keyof typeof MEASURES](url, room, last)));
}
