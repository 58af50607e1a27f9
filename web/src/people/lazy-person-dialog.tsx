import { lazy, Suspense } from "react";
import { createPortal } from "react-dom";
import type { User } from "realtime-chat-sdk";

const PersonDialog = lazy(() =>
  import("./person.tsx").then(({ PersonDialog }) => ({ default: PersonDialog })),
);

/** A user's profile over the page. It can be opened from within a line of text. */
export function LazyPersonDialog({ user, onClose }: { user: User; onClose: () => void }) {
  return createPortal(
    <Suspense>
      <PersonDialog user={user} onClose={onClose} />
    </Suspense>,
    document.body,
  );
}
