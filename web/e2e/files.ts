/** Files to attach, made here or by the browser itself. */

import type { Page } from "playwright-core";
import type { File } from "./stage.ts";

/** A second of a tone as a WAV file: a header and 8,000 bytes of samples. */
export function tone(): File {
  const rate = 8_000;
  const buffer = Buffer.alloc(44 + rate);
  buffer.write("RIFF", 0);
  buffer.writeUInt32LE(36 + rate, 4);
  buffer.write("WAVEfmt ", 8);
  buffer.writeUInt32LE(16, 16);
  buffer.writeUInt16LE(1, 20);
  buffer.writeUInt16LE(1, 22);
  buffer.writeUInt32LE(rate, 24);
  buffer.writeUInt32LE(rate, 28);
  buffer.writeUInt16LE(1, 32);
  buffer.writeUInt16LE(8, 34);
  buffer.write("data", 36);
  buffer.writeUInt32LE(rate, 40);
  for (let n = 0; n < rate; n++) buffer[44 + n] = 128 + 60 * Math.sin((n * 440 * 6.283) / rate);
  return { name: "tone.wav", mimeType: "audio/wav", buffer };
}

export async function picture(
  page: Page,
  name: string,
  colour: string,
  ...[width, height]: [number, number] | []
): Promise<File> {
  const url = await page.evaluate(
    ({ colour, width, height }) => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [width, height];
      const brush = canvas.getContext("2d") as CanvasRenderingContext2D;
      brush.fillStyle = colour;
      brush.fillRect(0, 0, width, height);
      return canvas.toDataURL("image/png");
    },
    { colour, width: width ?? 600, height: height ?? 400 },
  );
  return { name, mimeType: "image/png", buffer: Buffer.from(url.split(",")[1] ?? "", "base64") };
}

/** Half a second of a moving square, recorded by the browser itself. */
export async function film(page: Page, width: number, height: number): Promise<File> {
  const bytes = await page.evaluate(
    async (size) => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = size;
      const brush = canvas.getContext("2d") as CanvasRenderingContext2D;
      const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: "video/webm" });
      const parts: Blob[] = [];
      recorder.ondataavailable = ({ data }) => parts.push(data);
      const stopped = new Promise((resolve) => {
        recorder.onstop = resolve;
      });
      recorder.start();
      for (let n = 0; n < 10; n++) {
        brush.fillStyle = n % 2 ? "teal" : "gold";
        brush.fillRect(n * 16, 0, 40, 120);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      recorder.stop();
      await stopped;
      return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
    },
    [width, height] as [number, number],
  );
  return { name: "film.webm", mimeType: "video/webm", buffer: Buffer.from(bytes) };
}

/** A second of a tone, recorded by the browser itself. */
export async function recording(page: Page): Promise<File> {
  const bytes = await page.evaluate(async () => {
    const context = new AudioContext();
    const tone = context.createOscillator();
    const out = context.createMediaStreamDestination();
    tone.connect(out);
    tone.start();
    const recorder = new MediaRecorder(out.stream, { mimeType: "audio/webm" });
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const stopped = new Promise((resolve) => {
      recorder.onstop = resolve;
    });
    recorder.start();
    await new Promise((resolve) => setTimeout(resolve, 2200));
    recorder.stop();
    await stopped;
    await context.close();
    return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
  });
  return { name: "voice.webm", mimeType: "audio/webm", buffer: Buffer.from(bytes) };
}

/** Two dots, one after the other. */
export function animation(name: string): File {
  const frame = (colour: string) => `21f904000a0000002c000000000100010000020244${colour}00`;
  const first = "474946383961010001008000000000ffffff00";
  const loop = "21ff0b4e45545343415045322e300301000000";
  const frames = frame("01") + frame("01").replace("0244", "024c");
  return { name, mimeType: "image/gif", buffer: Buffer.from(`${first}${loop}${frames}3b`, "hex") };
}

/** A picture of 64 by 48 pixels as a phone takes it, which neither Chromium nor Firefox can show. */
export function heic(name: string): File {
  const buffer = Buffer.from(HEIC, "base64");
  return { name, mimeType: "image/heic", buffer };
}

const HEIC =
  "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAX1tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAABoQABAAAAAAAAAFQAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA/WlwcnAAAADdaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAAEAAAAABAAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAAEHBpeGkAAAAAAwgICAAAABhpcG1hAAAAAAAAAAEAAQWBAgMFhAAAAFxtZGF0AAAAUCgBrxOA5TH3/8ONP+mfT/XcmZOoMQv/M+PvDqr/CXLEG5JxXU//K+Px9oxj/sOGhdO1L6j9vtAb9jC4mtq3+NRRYThCu7VfF9EPNEUUGeyA";
