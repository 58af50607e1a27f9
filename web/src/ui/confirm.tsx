import { type ReactNode, useState } from "react";
import { text } from "../text/index.ts";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";

interface ConfirmProps {
  title: string;
  /** What the button says: what is done. */
  action: string;
  onClose: () => void;
  /** Closed when it is done, well or not; it tells of what failed by itself. */
  onConfirm: () => Promise<void>;
  children: ReactNode;
}

/** Asks before something that cannot be taken back. */
export function Confirm({ title, action, onClose, onConfirm, children }: ConfirmProps) {
  const [busy, setBusy] = useState(false);
  async function confirm() {
    setBusy(true);
    await onConfirm();
    onClose();
  }
  const buttons = (
    <>
      <Button onClick={onClose}>{text.act.cancel}</Button>
      <Button variant="danger" busy={busy} onClick={() => void confirm()}>
        {action}
      </Button>
    </>
  );
  return (
    <Dialog title={title} size="s" onClose={onClose} footer={buttons}>
      <p>{children}</p>
    </Dialog>
  );
}
