import { useRef, useState } from "react";
import { attempt } from "../lib/attempt.ts";
import { serverLimit } from "../lib/server.ts";
import { toast } from "../lib/toasts.ts";
import { useValue } from "../lib/value.ts";
import type { About } from "../room/context.ts";
import { useRoomScope } from "../room/context.ts";
import { text as words } from "../text/index.ts";
import { mayWithMessage } from "../timeline/may.ts";
import { readDraft, setDraft, useDraft } from "./drafts.ts";
import type { Uploads } from "./uploads.ts";

/** The text in the field: the room's draft, or the text of the message that is being edited. */
export function useWriting(
  roomId: string,
  about: About | null,
  onAbout: (about: About | null) => void,
  uploads: Uploads,
) {
  const scope = useRoomScope();
  const { handle } = scope;
  const draft = useDraft(roomId);
  const files = useValue(uploads.list);
  const editing = about?.what === "edit" ? about : null;
  const [changed, setChanged] = useState({ of: editing, text: "" });
  const written = changed.of === editing ? changed.text : (editing?.text ?? "");
  const value = editing ? written : draft.text;
  const left = charactersLeft(value);
  const waiting = useValue(uploads.awaited) && !editing;
  const failed = files.some((file) => file.error);
  const something = value.trim() !== "" || (!editing && files.length > 0);
  const ready = left >= 0 && something && !waiting && (editing !== null || !failed);
  const latest = useRef(about);
  latest.current = about;

  function setValue(next: string) {
    if (editing) setChanged({ of: editing, text: next });
    else setDraft(roomId, { text: next });
  }

  function submit() {
    if (failed && !editing) toast(words.room.composer.failedFile, { kind: "danger" });
    if (!ready) return;
    if (!editing) return uploads.whenUploaded(send);
    const text = value.trim();
    onAbout(null);
    if (text !== editing.text) attempt(() => handle.edit(editing.seq, text));
  }

  /** May run when another room has been opened meanwhile. */
  function send() {
    const text = readDraft(roomId).text.trim();
    const attachments = uploads.takeAttachments();
    if (latest.current === about) onAbout(null);
    if (!text && attachments.length === 0) return;
    handle.send({ text, attachments, replyTo: about && { seq: about.seq } });
    setDraft(roomId, { text: "", replyTo: null });
  }

  function editLast() {
    const { messages } = handle.timeline.get();
    const own = messages.findLast((each) => mayWithMessage("edit", each, scope));
    if (own) onAbout({ what: "edit", seq: own.seq, text: own.text });
  }

  return { value, left, editing: editing !== null, waiting, ready, setValue, submit, editLast };
}

/** How many code points may still be written. They are counted only near the limit. */
function charactersLeft(value: string): number {
  const most = serverLimit("max_text") ?? Number.POSITIVE_INFINITY;
  return most - (value.length < most - 1000 ? value.length : [...value].length);
}
