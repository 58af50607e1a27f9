/** `run.js MEASURE URL [ROOM SEQ]`: measures the app of a server in Chromium, and prints JSON.
 * `ROOM` is one of the person's who looks, `SEQ` its last message. */

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
