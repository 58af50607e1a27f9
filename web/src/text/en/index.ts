import { common } from "./common.ts";
import { keys } from "./keys.ts";
import { notices, people, search } from "./people.ts";
import { push } from "./push.ts";
import { room } from "./room.ts";
import { rooms } from "./rooms.ts";
import { system } from "./system.ts";

/** The English texts that are loaded at the start, in one file for each part of the app. */
export const en = {
  ...common,
  keys,
  notices,
  people,
  push,
  room,
  rooms,
  search,
  system,
};
