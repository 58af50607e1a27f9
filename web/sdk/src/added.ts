/** What the server's description does not tell of yet; each goes once it does. */

import type { components, paths as Described } from "./generated/http.ts";

type Shapes = components["schemas"];
type Answered = { readonly responses: { readonly 204: { readonly content?: never } } };
type With<B> = { readonly requestBody: { readonly content: { readonly "application/json": B } } };

interface Paths {
  readonly "/auth/email/undo": { readonly post: Answered & With<{ readonly token: string }> };
  readonly "/auth/sessions": Pick<Described["/auth/sessions"], "get"> & {
    readonly delete: Answered;
  };
}

export type paths = Omit<Described, keyof Paths> & Paths;
/** The address to come, until its link was followed. */
export type Me = Shapes["Me"] & { readonly pending_email?: string | null };
export type ProfileChanges = Shapes["ProfileChanges"] & {
  readonly current_password?: string | null;
};
export type SessionInfo = Shapes["SessionInfo"] & { readonly address?: string | null };
export type Notification = Omit<Shapes["Notification"], "kind"> & {
  readonly kind: Shapes["Notification"]["kind"] | "invitation";
};
