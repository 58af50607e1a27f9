/** What a room's handle lists, page by page. */

import type { Message, User } from "./types.ts";

export interface MessageReaders {
  readonly count: number;
  readonly readers: readonly { readonly user: User; readonly at: string | null }[];
}

export interface AttachmentsWanted {
  /** Pictures and films, sounds, or all other files; by default files of any kind. */
  readonly kind?: "media" | "audio" | "file" | undefined;
  /** The `seq` of the last message of the page before. */
  readonly beforeSeq?: number | undefined;
  /** The most messages of the page, up to 100. */
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface AttachmentsPage {
  readonly items: readonly Message[];
  readonly has_more: boolean;
}
