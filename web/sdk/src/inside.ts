/** What a room needs of its client. */

import type { Connection } from "./connection.ts";
import type { Http } from "./http.ts";
import type { Outbox } from "./outbox.ts";
import type { Reads } from "./reads.ts";
import type { Rooms } from "./rooms.ts";

export interface Inside {
  readonly http: Http;
  readonly connection: Connection;
  readonly rooms: Rooms;
  readonly outbox: Outbox;
  readonly reads: Reads;
  /** Nobody's when signed out. */
  readonly myId: () => string;
  /** Until one is in the room; rejects when one is not. */
  readonly known: (roomId: string) => Promise<void>;
}
