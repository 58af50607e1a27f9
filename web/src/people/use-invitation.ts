import { useCallback, useEffect, useState } from "react";
import { ChatError, type Preview } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { refusal } from "../lib/refusal.ts";

export type InvitationState =
  | { readonly name: "loading" | "gone" | "offline" }
  /** Why it could not be shown, in the user's language. */
  | { readonly name: "failed"; readonly reason: string }
  | { readonly name: "ready"; readonly preview: Preview };

/**
 * What an invitation leads to, and a function that asks again. It also asks again by itself when
 * the network is back.
 */
export function useInvitation(code: string): readonly [InvitationState, () => void] {
  const [state, setState] = useState<InvitationState>({ name: "loading" });
  const [tries, setTries] = useState(0);
  const again = useCallback(() => setTries((n) => n + 1), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it runs for each new try.
  useEffect(() => {
    let current = true;
    setState({ name: "loading" });
    chat.api.get("/invites/{code}", { path: { code } }).then(
      (preview) => current && setState({ name: "ready", preview }),
      (error: unknown) => current && setState(failure(error)),
    );
    return () => {
      current = false;
    };
  }, [code, tries]);
  useEffect(() => {
    if (state.name !== "offline" && state.name !== "failed") return;
    addEventListener("online", again);
    return () => removeEventListener("online", again);
  }, [state.name, again]);
  return [state, again];
}

function failure(error: unknown): InvitationState {
  if (error instanceof ChatError && error.code === "not_found") return { name: "gone" };
  return navigator.onLine ? { name: "failed", reason: refusal(error) } : { name: "offline" };
}
