/** The sound of a new message: two soft tones, made here, so that no file has to be loaded. */

const TONES = [
  [660, 0],
  [880, 0.12],
] as const;
/** Seconds. */
const LENGTH = 0.35;
const LOUDNESS = 0.12;
/** Milliseconds in which the other tabs of the browser stay silent, and this one too. */
const SILENCE = 1_000;
/** Milliseconds after which a sound would come too late. */
const PATIENCE = 500;

let context: AudioContext | undefined;

/**
 * Plays it in one of the browser's tabs. Browsers allow no sound before the user has done something
 * in the page.
 */
export async function playSound(): Promise<void> {
  if (!navigator.userActivation?.hasBeenActive) return;
  await navigator.locks.request("sound", { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    await playTones();
    await sleep(SILENCE);
  });
}

async function playTones(): Promise<void> {
  context ??= new AudioContext();
  await Promise.race([context.resume(), sleep(PATIENCE)]);
  if (context.state !== "running") return;
  for (const [pitch, after] of TONES) playTone(context, pitch, context.currentTime + after);
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function playTone(audio: AudioContext, pitch: number, start: number): void {
  const [tone, volume] = [audio.createOscillator(), audio.createGain()];
  tone.frequency.value = pitch;
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(LOUDNESS, start + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.001, start + LENGTH);
  tone.connect(volume).connect(audio.destination);
  tone.start(start);
  tone.stop(start + LENGTH);
}
