import Check from "lucide-react/icons/check";
import SmilePlus from "lucide-react/icons/face-slightly-smiling-plus";
import Paperclip from "lucide-react/icons/paperclip";
import SendHorizontal from "lucide-react/icons/send-horizontal";
import {
  type ClipboardEvent,
  type FormEvent,
  type KeyboardEvent,
  type Ref,
  useEffect,
  useId,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
} from "react";
import type { Room } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { EmojiPopover } from "../emoji/popover.tsx";
import { Boundary } from "../layout/boundary.tsx";
import { COMPOSER_ID } from "../lib/focus-composer.ts";
import { enterSends } from "../lib/preferences.ts";
import { useValue } from "../lib/value.ts";
import { type About, useRoomScope } from "../room/context.ts";
import { roomName } from "../rooms/summary.ts";
import { plural } from "../text/format.ts";
import { text } from "../text/index.ts";
import { isolate } from "../text/isolate.ts";
import { Button, IconButton } from "../ui/button.tsx";
import { cx } from "../ui/cx.ts";
import { AboutBar } from "./about-bar.tsx";
import styles from "./composer.module.css";
import { growToFit, insertText, toggleMark } from "./field.ts";
import { Suggestions } from "./suggestions.tsx";
import { Tray } from "./tray.tsx";
import { uploadsOf } from "./uploads.ts";
import { useCompletion } from "./use-completion.ts";
import { useTypingAnywhere } from "./use-typing-anywhere.ts";
import { useWriting } from "./use-writing.ts";

/** On phones, Enter starts a new line, as their keyboards show. */
const onPhone = matchMedia("(pointer: coarse)");

export interface MessageFormProps {
  room: Room;
  about: About | null;
  onAbout: (about: About | null) => void;
  ref: Ref<HTMLTextAreaElement>;
}

export function MessageForm({ room, about, onAbout, ref }: MessageFormProps) {
  const { handle } = useRoomScope();
  const words = text.room.composer;
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const uploads = uploadsOf(room.id);
  const files = useValue(uploads.list);
  const writing = useWriting(room.id, about, onAbout, uploads);
  const completion = useCompletion(room, () => field.current);
  const { value, left, editing, waiting } = writing;
  const sends = enterSends(useValue(chat.account)) && !onPhone.matches;
  useTypingAnywhere(field);
  useImperativeHandle(ref, () => field.current as HTMLTextAreaElement, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text.
  useLayoutEffect(() => {
    if (field.current) growToFit(field.current);
  }, [value]);
  useEffect(() => {
    const target = field.current;
    if (!target) return;
    const sized = new ResizeObserver(() => growToFit(target));
    sized.observe(target);
    return () => sized.disconnect();
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it runs for another reply or edit.
  useEffect(() => {
    if (about || !onPhone.matches) field.current?.focus();
    field.current?.setSelectionRange(value.length, value.length);
  }, [about]);

  function submit(event?: FormEvent) {
    event?.preventDefault();
    completion.close();
    writing.submit();
  }

  function keys(event: KeyboardEvent<HTMLTextAreaElement>) {
    const target = event.currentTarget;
    // An input method that composes a character gets the keys first.
    if (event.nativeEvent.isComposing || event.keyCode === 229 || completion.onKey(event)) return;
    const control = event.ctrlKey || event.metaKey;
    const mark = control && !event.altKey && { b: "**", i: "*" }[event.key.toLowerCase()];
    if (mark) toggleMark(target, mark);
    else if (event.key === "Enter" && !event.shiftKey && (control || sends)) submit();
    else if (event.key === "Escape" && waiting) uploads.cancelWaiting();
    else if (event.key === "Escape" && about) onAbout(null);
    else if (event.key === "ArrowUp" && !event.altKey && !value && !about && !waiting)
      writing.editLast();
    else return;
    event.preventDefault();
  }

  function paste(event: ClipboardEvent) {
    const pasted = [...event.clipboardData.files];
    if (!pasted.length || editing) return;
    event.preventDefault();
    uploads.addFiles(pasted);
  }

  const open = completion.found.length > 0;
  return (
    <form className={styles.composer} onSubmit={submit}>
      {open && (
        <Suggestions id={id} list={completion.found} at={completion.at} onTake={completion.take} />
      )}
      <div className={styles.box}>
        {about && (
          <Boundary about={about} instead={null}>
            <AboutBar about={about} onClose={() => onAbout(null)} />
          </Boundary>
        )}
        {files.length > 0 && !editing && <Tray uploads={uploads} list={files} />}
        <div role="status">
          {waiting && (
            <p className={styles.waiting}>
              {words.waiting}
              <Button variant="quiet" size="s" onClick={() => uploads.cancelWaiting()}>
                {text.act.cancel}
              </Button>
            </p>
          )}
        </div>
        <div className={styles.line}>
          {!editing && (
            <IconButton
              label={words.attach}
              icon={<Paperclip size={20} />}
              tip="top"
              onClick={() => picker.current?.click()}
            />
          )}
          <input
            ref={picker}
            type="file"
            multiple
            hidden
            aria-label={words.attach}
            onChange={(event) => {
              uploads.addFiles(event.target.files ?? []);
              event.target.value = "";
              field.current?.focus();
            }}
          />
          <textarea
            ref={field}
            id={COMPOSER_ID}
            rows={1}
            dir="auto"
            className={styles.field}
            aria-label={words.label}
            aria-autocomplete="list"
            aria-controls={open ? id : undefined}
            aria-activedescendant={open ? `${id}-${completion.at}` : undefined}
            placeholder={words.placeholder(isolate(roomName(room)))}
            enterKeyHint={sends ? "send" : "enter"}
            value={value}
            readOnly={waiting}
            onChange={(event) => {
              writing.setValue(event.target.value);
              completion.look(event.target);
              if (event.target.value) handle.typingNow();
              else handle.typingStopped();
            }}
            onSelect={(event) => completion.look(event.currentTarget)}
            onBlur={completion.close}
            onKeyDown={keys}
            onPaste={paste}
          />
          <EmojiPopover
            trigger={<IconButton label={words.emoji} icon={<SmilePlus size={20} />} tip="top" />}
            onPick={(emoji) => {
              const target = field.current;
              // Wait until the popover has given the focus back to its button.
              if (target) setTimeout(() => insertText(target, emoji));
            }}
          />
          <IconButton
            type="submit"
            className={styles.send}
            label={editing ? words.save : words.send}
            icon={editing ? <Check size={20} /> : <SendHorizontal size={20} className="flip" />}
            tip="top"
            disabled={!writing.ready}
            // Keeps the focus in the field, so that a phone's keyboard stays open.
            onPointerDown={(event) => event.preventDefault()}
          />
        </div>
        {left < 500 && (
          <output className={cx(styles.left, left < 0 && styles.over)}>
            {left < 0 ? plural(-left, words.over) : plural(left, words.left)}
          </output>
        )}
      </div>
    </form>
  );
}
