import type { ChatError } from "./errors.ts";
import type * as Events from "./generated/events.ts";
import type { components } from "./generated/http.ts";

type Shapes = components["schemas"];

export type Attachment = Shapes["Attachment"];
export type ClientConfig = Shapes["ClientConfig"];
export type Invite = Shapes["Invite"];
export type Member = Shapes["Member"];
export type Message = Shapes["Message"];
export type SessionInfo = Shapes["SessionInfo"];
export type ProfileChanges = Shapes["ProfileChanges"];
export type Notification = Shapes["Notification"];
export type Me = Shapes["Me"];
export type Preview = Shapes["Preview"];
export type Reaction = Shapes["Reaction"];
export type ReplyTo = Shapes["ReplyTo"];
export type Room = Shapes["Room"];
export type RoomMe = Shapes["RoomMe"];
export type RoomMeChanges = Shapes["RoomMeChanges"];
export type RoomChanges = Shapes["RoomChanges"];
export type Role = Member["role"];
export type Session = Shapes["Session"];
export type SignIn = Omit<Shapes["SignIn"], "device" | "cookie">;
export type SignUp = Omit<Shapes["SignUp"], "device" | "cookie">;
export type Status = Shapes["Status"];
export type User = Shapes["User"];
export type Found = Shapes["Found"];
export type Presence = Events.Presence;
export type RoomsTold = Events.RoomsTold;
export type {
  NotificationsSent,
  NotificationsTold,
  RoomsSent,
} from "./generated/events.ts";

/** A message that has not been sent yet. */
export interface Outgoing {
  readonly clientId: string;
  readonly roomId: string;
  readonly text: string;
  readonly attachments: readonly Attachment[];
  /** Files that are uploaded before the message is sent. */
  readonly files: readonly File[];
  /** The message that it answers: a reference, since the message may change meanwhile. */
  readonly replyTo: { readonly seq: number } | null;
  readonly state: "sending" | "failed";
  readonly error: ChatError | null;
  readonly createdAt: string;
}

/**
 * Why a session is over: the server's reason, or `asked` (`signOut` was called), `replaced`
 * (somebody has signed in), or `lapsed` (it had expired, or was ended while there was no
 * connection).
 */
export type SignOutReason =
  | NonNullable<RoomsTold["closing"]["reason"]>
  | "asked"
  | "replaced"
  | "lapsed";

export interface SignedOut {
  readonly userId: string;
  readonly reason: SignOutReason;
  /**
   * Whether unsent messages wait in the cache for this user's next sign-in. They do unless the user
   * has signed out on purpose.
   */
  readonly kept: boolean;
  /** How many messages are kept. */
  readonly unsent: number;
}

/** How the user got out of a room. The reason is unknown if they were not connected then. */
export interface Departure {
  /** The room as it was last known. */
  readonly room: Room;
  readonly reason: "left" | "removed" | "deleted" | "unknown";
}

export interface Draft {
  readonly text?: string;
  readonly attachments?: readonly Attachment[];
  /** Files that are not uploaded yet. They wait for a connection as the text does. */
  readonly files?: readonly File[];
  readonly replyTo?: { readonly seq: number } | null;
  /**
   * A UUID that belongs to what the message is sent for: however often it is sent with the same one,
   * also by a later program, the room gets one message. The `id` of a message fits its one answer.
   */
  readonly clientId?: string;
}

export interface Timeline {
  /** Without a gap, ordered by `seq`. */
  readonly messages: readonly Message[];
  /** The messages on their way, oldest first. None of them is among `messages`. */
  readonly outgoing: readonly Outgoing[];
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
  readonly loading: "first" | "older" | "newer" | null;
  /** The first message that was unread when the room was opened. */
  readonly firstUnreadSeq: number | null;
}

export interface ConnectionState {
  readonly state: "signed_out" | "connecting" | "syncing" | "online" | "waiting";
  /** The time of the next attempt, in milliseconds since 1970, while waiting. */
  readonly retryAt: number | null;
  /** Why there is no connection, while waiting, as far as it is known. */
  readonly error: ChatError | null;
}
