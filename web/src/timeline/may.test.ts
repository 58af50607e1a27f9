import { readFileSync } from "node:fs";
import type { Message, Room } from "realtime-chat-sdk";
import { expect, test } from "vitest";
import type { RoomScope } from "../room/context.ts";
import { mayInRoom } from "../rooms/may.ts";
import { mayWithMessage } from "./may.ts";

/* The server's tables of who may do what, which its own rules are held against too: what the menus
   offer is what the server would answer "ok" to. */

type Value = string | boolean | null;
type Case = Record<string, Value>;
interface Table {
  readonly columns: Record<string, readonly Value[]>;
  readonly actions: readonly string[];
  readonly rows: readonly Record<string, Value | readonly Value[]>[];
}

const SERVER = "../../../server";
const read = (service: string): unknown =>
  JSON.parse(readFileSync(new URL(`${SERVER}/${service}/rules.json`, import.meta.url), "utf8"));
const messages = read("messages") as Table;
const { tables } = read("rooms") as {
  tables: Record<"room" | "remove" | "leave" | "set_role", Table>;
};

/** The rows, where a list means each of its values. */
function cases({ columns, rows }: Table): Case[] {
  const names = Object.keys(columns);
  return rows.flatMap((row) =>
    names.reduce(
      (found, name) =>
        found.flatMap((each) =>
          [row[name] ?? null].flat().map((value) => ({ ...each, [name]: value })),
        ),
      [row as Case],
    ),
  );
}

const roomOf = (kind: Value | undefined, role: Value | undefined) =>
  ({ kind, me: role ? { role } : null }) as Room;

function messageOf(name: string): Message {
  const system = name === "system";
  return {
    kind: system ? "system" : "text",
    author_id: system ? null : name.startsWith("own") ? "me" : "somebody",
    deleted_at: name.endsWith("deleted") ? "2026-01-01T00:00:00.000Z" : null,
  } as Message;
}

function scopeOf(room: Room): RoomScope {
  const { pin: mayPin, deleteOthers: mayDeleteOthers } = mayInRoom(room);
  const { kind, me } = room;
  return { kind, myId: "me", inside: me !== null, mayPin, mayDeleteOthers } as RoomScope;
}

test("A message's menu offers what the server allows", () => {
  // That the other one has blocked them is told to nobody, so the menus do not know it. And of a
  // deleted message nothing is left to delete.
  const known = cases(messages).filter(
    ({ room, message }) => room !== "blocked" && message !== "missing",
  );
  expect(known.length).toBe(2 * 4 * 5);
  for (const each of known) {
    const message = messageOf(String(each.message));
    const scope = scopeOf(roomOf(each.room, each.role));
    for (const doing of ["edit", "delete", "pin", "react"] as const) {
      const offered = mayWithMessage(doing, message, scope);
      expect({ ...each, offered }).toEqual({
        ...each,
        offered: each[doing] === "ok" && !message.deleted_at,
      });
    }
  }
});

test("A room's menus offer what the server allows", () => {
  const found = cases(tables.room);
  expect(found.length).toBe(2 * 4);
  for (const each of found) {
    const { add, change, invite, delete: remove } = mayInRoom(roomOf(each.kind, each.role));
    const offered = { add, update: change, invite, delete: remove };
    const wanted = Object.fromEntries(
      tables.room.actions.map((name) => [name, each[name] === "ok"]),
    );
    expect({ ...each, offered }).toEqual({ ...each, offered: wanted });
  }
});

test("Members are offered to leave, and to remove whom the server lets them remove", () => {
  for (const each of cases(tables.leave)) {
    expect(mayInRoom(roomOf(each.kind, each.role)).leave).toBe(each.leave === "ok");
  }
  for (const each of cases(tables.remove)) {
    if (each.target === null) continue;
    const offered = mayInRoom(roomOf(each.kind, each.role)).remove(each.target as "member");
    expect({ ...each, offered }).toEqual({ ...each, offered: each.remove === "ok" });
  }
});

test("Roles are set by those whom the server lets set any", () => {
  const roles = new Map<string, boolean>();
  for (const { kind = null, role = null, set_role } of cases(tables.set_role)) {
    const at = JSON.stringify([kind, role]);
    roles.set(at, roles.get(at) || set_role === "ok");
  }
  for (const [at, allowed] of roles) {
    const [kind, role] = JSON.parse(at) as [Value, Value];
    expect([at, mayInRoom(roomOf(kind, role)).setRoles]).toEqual([at, allowed]);
  }
});
