import { chat } from "../chat.ts";
import { attempt } from "../lib/attempt.ts";
import { navigate, route } from "../lib/router.tsx";
import { detailsText } from "../text/details.ts";
import { Confirm } from "../ui/confirm.tsx";

interface LeaveGroupProps {
  roomId: string;
  onClose: () => void;
}

/** Asks for confirmation, leaves the group, and goes home if the group was open. */
export function LeaveGroupDialog({ roomId, onClose }: LeaveGroupProps) {
  const { leave: title, leaveSure } = detailsText;
  return (
    <Confirm title={title} action={title} onClose={onClose} onConfirm={() => leave(roomId)}>
      {leaveSure}
    </Confirm>
  );
}

async function leave(roomId: string): Promise<void> {
  if (!(await attempt(() => chat.room(roomId).leave()))) return;
  const at = route.get();
  if (at.name === "room" && at.id === roomId) navigate("/", { replace: true });
}
