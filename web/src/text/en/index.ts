import { account } from "./account.ts";
import { common } from "./common.ts";
import { details } from "./details.ts";
import { keys } from "./keys.ts";
import { invites, notices, people, search } from "./people.ts";
import { push } from "./push.ts";
import { room } from "./room.ts";
import { rooms } from "./rooms.ts";
import { settings } from "./settings.ts";
import { system } from "./system.ts";

/** All texts in English, a file for each part of the app. */
export const en = {
  ...common,
  account,
  details,
  invites,
  keys,
  notices,
  people,
  push,
  room,
  rooms,
  search,
  settings,
  system,
};
