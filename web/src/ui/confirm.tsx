import { type ReactNode, useState } from "react";
import { text } from "../text/index.ts";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";

interface ConfirmProps {
  title: string;
  /** The label of the button that does it. */
  action: string;
  onClose: () => void;
  /**
   * The dialog closes when this resolves, whether the work succeeded or not; errors must be shown
   * by the work itself.
   */
  onConfirm: () => Promise<void>;
  children: ReactNode;
}

/** Asks for confirmation before something that cannot be undone. */
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
