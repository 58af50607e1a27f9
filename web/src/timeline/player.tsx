import Maximize from "lucide-react/icons/maximize";
import Minimize from "lucide-react/icons/minimize";
import Pause from "lucide-react/icons/pause";
import Play from "lucide-react/icons/play";
import Volume2 from "lucide-react/icons/volume-2";
import VolumeX from "lucide-react/icons/volume-x";
import {
  type CSSProperties,
  type KeyboardEvent,
  type PointerEvent,
  type RefObject,
  useEffect,
  useRef,
  useState,
} from "react";
import type { Attachment } from "realtime-chat-sdk";
import { duration as clock, number } from "../text/format.ts";
import { text } from "../text/index.ts";
import { playerText } from "../text/player.ts";
import { IconButton } from "../ui/button.tsx";
import { cx } from "../ui/cx.ts";
import { Menu, MenuItem } from "../ui/menu.tsx";
import styles from "./player.module.css";
import { filmShape } from "./shape.ts";
import { type Playback, SPEEDS, usePlayback } from "./use-playback.ts";

/** How long the controls of a film that plays stay after the last movement (ms). */
const AWAKE = 2500;
/** How far an arrow leads (seconds). */
const SEEK_STEP = 5;

interface PlayerProps {
  attachment: Attachment;
  /** Called when the file cannot be played, for example because its address has expired. */
  onFail: () => void;
}

export function AudioPlayer({ attachment: { url, name, duration }, onFail }: PlayerProps) {
  const ref = useRef<HTMLAudioElement>(null);
  const playback = usePlayback(ref, duration);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for what is filled in.
    <div
      role="group"
      aria-label={`${text.room.message.audio}: ${name}`}
      className={cx(styles.player, styles.audio)}
    >
      <audio
        ref={ref}
        src={url}
        preload={duration === null ? "metadata" : "none"}
        {...playback.events}
        onError={onFail}
      />
      <Toggle playback={playback} name={name} className={styles.main} />
      <span className={styles.name} dir="auto">
        {name}
      </span>
      <Seek playback={playback} name={name} />
      <Times playback={playback} />
      <Speed playback={playback} />
    </div>
  );
}

export function VideoPlayer({ attachment, onFail }: PlayerProps) {
  const { url, thumbnail_url, name, duration } = attachment;
  const ref = useRef<HTMLVideoElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const playback = usePlayback(ref, duration);
  const [size, setSize] = useState([attachment.width, attachment.height] as const);
  const [muted, setMuted] = useState(false);
  const [awake, wake] = useAwake(playback.plays);
  const [full, toggleFull] = useFullScreen(frame, ref);
  const fresh = !playback.plays && playback.time === 0;
  function press({ pointerType }: PointerEvent) {
    // The first touch shows the controls, as the pointer of a mouse has done before its press.
    if (pointerType !== "touch" || awake) playback.toggle();
    wake();
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for what is filled in.
    <div
      ref={frame}
      role="group"
      aria-label={`${text.room.message.video}: ${name}`}
      className={cx(
        styles.player,
        styles.video,
        awake && styles.awake,
        fresh && styles.fresh,
        full && styles.full,
      )}
      style={full ? undefined : filmShape(...size)}
      onPointerMove={wake}
      onKeyDown={wake}
    >
      <video
        ref={ref}
        src={url}
        poster={thumbnail_url ?? undefined}
        playsInline
        preload="metadata"
        muted={muted}
        onPointerUp={press}
        {...playback.events}
        onLoadedMetadata={(event) => {
          const { videoWidth, videoHeight } = event.currentTarget;
          if (videoWidth && videoHeight) setSize([videoWidth, videoHeight]);
          playback.events.onLoadedMetadata(event);
        }}
        onError={onFail}
      />
      {fresh && (
        <Toggle playback={playback} name={name} className={cx(styles.main, styles.middle)} />
      )}
      <div className={styles.bar}>
        <Seek playback={playback} name={name} />
        <Toggle playback={playback} name={name} />
        <Times playback={playback} />
        <Speed playback={playback} />
        <IconButton
          className={styles.mute}
          label={muted ? playerText.unmute : playerText.mute}
          icon={muted ? <VolumeX size={18} /> : <Volume2 size={18} />}
          size="s"
          tip="none"
          onClick={() => setMuted(!muted)}
        />
        <IconButton
          label={full ? playerText.leaveFullScreen : playerText.fullScreen}
          icon={full ? <Minimize size={18} /> : <Maximize size={18} />}
          size="s"
          tip="none"
          onClick={toggleFull}
        />
      </div>
    </div>
  );
}

interface ControlProps {
  playback: Playback;
  name: string;
  className?: string | undefined;
}

function Toggle({ playback: { plays, toggle }, name, className }: ControlProps) {
  const Icon = plays ? Pause : Play;
  return (
    <IconButton
      className={className}
      label={plays ? playerText.pause(name) : playerText.play(name)}
      icon={<Icon size={18} fill="currentColor" />}
      size={className ? "m" : "s"}
      tip="none"
      onClick={toggle}
    />
  );
}

function Seek({ playback: { time, length, seek }, name }: ControlProps) {
  const part = length ? Math.min(time / length, 1) : 0;
  function keys(event: KeyboardEvent) {
    const step = {
      ArrowRight: SEEK_STEP,
      ArrowUp: SEEK_STEP,
      ArrowLeft: -SEEK_STEP,
      ArrowDown: -SEEK_STEP,
    }[event.key];
    if (!step) return;
    event.preventDefault();
    seek(Math.min(Math.max(time + step, 0), length));
  }
  return (
    <input
      type="range"
      // Time runs from the left in every language.
      dir="ltr"
      className={styles.seek}
      style={{ "--part": `${100 * part}%` } as CSSProperties}
      min={0}
      max={length || 1}
      step="any"
      value={time}
      aria-label={playerText.position(name)}
      aria-valuetext={playerText.at(clock(1000 * time), clock(1000 * length))}
      onChange={({ target }) => seek(target.valueAsNumber)}
      onKeyDown={keys}
    />
  );
}

function Times({ playback: { time, length } }: Pick<ControlProps, "playback">) {
  return (
    <span className={styles.times}>
      {clock(1000 * time)}
      {length > 0 && <span className={styles.length}> / {clock(1000 * length)}</span>}
    </span>
  );
}

function Speed({ playback: { speed, setSpeed } }: Pick<ControlProps, "playback">) {
  const times = (value: number) => `${number(value)}×`;
  return (
    <Menu
      label={playerText.speed}
      align="end"
      trigger={
        <button
          type="button"
          className={styles.speed}
          aria-label={playerText.speedIs(times(speed))}
        >
          {times(speed)}
        </button>
      }
    >
      {SPEEDS.map((value) => (
        <MenuItem key={value} checked={value === speed} onSelect={() => setSpeed(value)}>
          {times(value)}
        </MenuItem>
      ))}
    </Menu>
  );
}

/** Whether the controls are shown: always while nothing plays, and for a while after a movement. */
function useAwake(plays: boolean) {
  const [moved, setMoved] = useState(0);
  const [awake, setAwake] = useState(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each movement begins the time anew.
  useEffect(() => {
    setAwake(true);
    if (!plays) return;
    const timer = setTimeout(setAwake, AWAKE, false);
    return () => clearTimeout(timer);
  }, [plays, moved]);
  return [awake, () => setMoved(performance.now())] as const;
}

/** iPhones show only the film itself on the full screen, with their own controls. */
function useFullScreen(
  frame: RefObject<HTMLElement | null>,
  film: RefObject<HTMLVideoElement | null>,
) {
  const [full, setFull] = useState(false);
  useEffect(() => {
    const follow = () => setFull(document.fullscreenElement === frame.current);
    document.addEventListener("fullscreenchange", follow);
    return () => document.removeEventListener("fullscreenchange", follow);
  }, [frame]);
  function toggle() {
    const alone = film.current as (HTMLVideoElement & { webkitEnterFullscreen?(): void }) | null;
    if (full) void document.exitFullscreen();
    else if (frame.current?.requestFullscreen) frame.current.requestFullscreen().catch(() => {});
    else alone?.webkitEnterFullscreen?.();
  }
  return [full, toggle] as const;
}
