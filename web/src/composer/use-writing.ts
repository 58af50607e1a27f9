import { useEffect, useRef, useState } from "react";
import { attempt } from "../lib/attempt.ts";
import { serverLimit } from "../lib/server.ts";
import { toast } from "../lib/toasts.ts";
import { useValue } from "../lib/value.ts";
import { showsNothing } from "../lib/visible.ts";
import type { About } from "../room/context.ts";
import { useRoomScope } from "../room/context.ts";
import { text as words } from "../text/index.ts";
import { hasMarks } from "../timeline/blocks.ts";
import { mayWithMessage } from "../timeline/may.ts";
import { loadParser } from "../timeline/use-parser.ts";
import { readDraft, setDraft, useDraft } from "./drafts.ts";
import { expectNames, whenNamed } from "./emoji-names.ts";
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
  const failed = files.filter((file) => file.error && !file.later).length;
  const something = !showsNothing(value) || (!editing && files.length > failed);
  const ready = left >= 0 && something && !waiting;
  const marked = hasMarks(value);
  const latest = useRef(about);
  latest.current = about;

  // The message is drawn as soon as it is sent.
  useEffect(() => {
    if (marked) loadParser();
  }, [marked]);
  useEffect(() => expectNames(value), [value]);

  function setValue(next: string) {
    if (editing) setChanged({ of: editing, text: next });
    else setDraft(roomId, { text: next });
  }

  function submit() {
    if (failed && !something && !editing) refuse(words.room.composer.failedFile);
    if (!ready) return;
    whenNamed(value, (replace) => {
      if (!editing) return uploads.whenUploaded(() => send(replace));
      const text = replace(value.trim());
      onAbout(null);
      if (text !== editing.text) attempt(() => handle.edit(editing.seq, text));
    });
  }

  /** May run when another room has been opened meanwhile. */
  function send(replace: (text: string) => string) {
    const written = replace(readDraft(roomId).text.trim());
    const text = showsNothing(written) ? "" : written;
    const { attachments, files } = uploads.sendable();
    if (!text && attachments.length + files.length === 0) return;
    try {
      handle.send({ text, attachments, files, replyTo: about && { seq: about.seq } });
    } catch {
      return refuse(words.room.composer.tooMuchWaits);
    }
    uploads.dropSent();
    setDraft(roomId, { text: "", replyTo: null });
    if (latest.current === about) onAbout(null);
    if (uploads.list.get().length > 0) refuse(words.room.composer.withoutFile);
  }

  function editLast() {
    const { messages } = handle.timeline.get();
    const own = messages.findLast((each) => mayWithMessage("edit", each, scope));
    if (own) onAbout({ what: "edit", seq: own.seq, text: own.text });
  }

  return { value, left, editing: editing !== null, waiting, ready, setValue, submit, editLast };
}

const refuse = (message: string) => toast(message, { kind: "danger" });

/** How many code points may still be written. They are counted only near the limit. */
function charactersLeft(value: string): number {
  const most = serverLimit("max_text") ?? Number.POSITIVE_INFINITY;
  return most - (value.length < most - 1000 ? value.length : [...value].length);
}
