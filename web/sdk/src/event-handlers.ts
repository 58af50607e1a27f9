/**
 * What the client does at the events that change no room: presence, typing, profiles, `resync`
 * and notifications.
 */

import type { Account } from "./account.ts";
import { ignoreFailure } from "./errors.ts";
import type { Listeners } from "./listeners.ts";
import type { Notifications } from "./notifications.ts";
import type { People } from "./people.ts";
import type { Presences } from "./presence.ts";
import type { Rooms } from "./rooms.ts";
import type { Namespace } from "./sockets.ts";
import type { NotificationsTold, RoomsTold, User } from "./types.ts";

/** The parts of a client that take these events. */
export interface EventTakers {
  readonly session: Account;
  readonly rooms: Rooms;
  readonly people: People;
  readonly presences: Presences;
  readonly notifications: Notifications;
  readonly listeners: Listeners;
  myId(): string;
  /** Brings everything up to date. */
  catchUp(): void;
  heardTyping(told: RoomsTold["typing"]): void;
}

type Handlers<Told> = { readonly [E in keyof Told]?: (data: Told[E]) => void };
export type EventHandlers = Record<Namespace, Partial<Record<string, (data: never) => void>>>;

export function eventHandlers(takers: EventTakers): EventHandlers {
  return { "/rooms": roomsHandlers(takers), "/notifications": notificationsHandlers(takers) };
}

function roomsHandlers(takers: EventTakers): Handlers<RoomsTold> {
  return {
    resync: () => takers.catchUp(),
    presence: ({ user_id, ...presence }) => takers.presences.takePresence(user_id, presence),
    typing: (told) => takers.heardTyping(told),
    user_updated: ({ user }) => learn(takers, user),
  };
}

function notificationsHandlers(takers: EventTakers): Handlers<NotificationsTold> {
  return {
    unread: (told) => {
      takers.rooms.takeUnread(told);
      takers.notifications.takeMentionCount(told.mentions);
    },
    notifications_read: (told) => takers.notifications.takeRead(told),
    notification: (told) => {
      takers.people.learnUser(told.notification.actor);
      takers.notifications.takeNotification(told);
      ignoreFailure(takers.listeners.tellListeners("notification", told));
    },
  };
}

function learn(takers: EventTakers, user: User): void {
  takers.people.learnUser(user);
  takers.rooms.takeUser(user);
  if (user.id === takers.myId()) takers.session.updateProfile(user);
}
