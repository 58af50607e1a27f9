/** The events that are no durable change of a room, and who takes them. */

import type { Core } from "./core.ts";
import type { Namespace } from "./sockets.ts";
import type { NotificationsTold, RoomsTold, User } from "./types.ts";

type Heard<Told> = { readonly [E in keyof Told]?: (data: Told[E]) => void };
export type Hearing = Record<Namespace, Partial<Record<string, (data: never) => void>>>;

export function hearing(core: Core): Hearing {
  return { "/rooms": rooms(core), "/notifications": notifications(core) };
}

function rooms(core: Core): Heard<RoomsTold> {
  return {
    resync: () => core.catchUp(),
    presence: ({ user_id, ...presence }) => core.presences.heard(user_id, presence),
    typing: (told) => core.heardTyping(told),
    user_updated: ({ user }) => learn(core, user),
  };
}

function notifications(core: Core): Heard<NotificationsTold> {
  return {
    unread: (told) => {
      core.rooms.takeUnread(told);
      core.notifications.counted(told.mentions);
    },
    notifications_read: (told) => core.notifications.read(told),
    notification: (told) => {
      core.people.learn(told.notification.actor);
      core.notifications.heard(told);
      core.listeners.tell("notification", told);
    },
  };
}

function learn(core: Core, user: User): void {
  core.people.learn(user);
  core.rooms.takeUser(user);
  if (user.id === core.myId()) core.session.update(user);
}
