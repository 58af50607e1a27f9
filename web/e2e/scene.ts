/** The conversation of the seeded users on the day of the screenshots. */

import type { Page } from "playwright-core";
import { Chat, type RoomHandle } from "../sdk/src/index.ts";
import { film, tone } from "./files.ts";
import type { File as Made } from "./stage.ts";

/** The password of all users that `python -m server seed` creates. */
export const SEED_PASSWORD = "correct horse battery staple";
export const SEED_ROOM = "Weekend plans";

/** One of the seeded users. */
class Neighbour {
  private constructor(
    private readonly chat: Chat,
    readonly room: RoomHandle,
  ) {}

  static async enter(url: string, login: string): Promise<Neighbour> {
    const chat = new Chat({ url });
    await chat.signIn({ login, password: SEED_PASSWORD });
    const { items } = await chat.api.get("/rooms/public", { query: { q: SEED_ROOM } });
    const found = items.find(({ name }) => name === SEED_ROOM);
    if (!found) throw new Error(`there is no room "${SEED_ROOM}"`);
    return new Neighbour(chat, await chat.joinRoom(found.id));
  }

  say(text: string, extra: { reply_to_seq?: number; attachment_ids?: string[] } = {}) {
    const body = { client_id: crypto.randomUUID(), text, ...extra };
    const path = { room_id: this.room.id };
    return this.chat.api.post("/rooms/{room_id}/messages", { path, body });
  }

  async react(emoji: string, ...messages: readonly { seq: number }[]): Promise<void> {
    for (const { seq } of messages) await this.room.react(seq, emoji, true);
  }

  async read({ seq }: { seq: number }): Promise<void> {
    const path = { room_id: this.room.id };
    await this.chat.api.put("/rooms/{room_id}/read", { path, body: { seq } });
  }

  async upload(file: File): Promise<string> {
    return (await this.chat.upload(file)).id;
  }

  /** Creates a group of these people, and lets the first one talk there. */
  async tell(name: string, says: readonly Said[], ...others: Neighbour[]): Promise<string> {
    const member_ids = others.map(({ id }) => id);
    const body = { kind: "group" as const, name, member_ids };
    const room = await this.chat.api.post("/rooms", { body });
    const path = { room_id: room.id };
    for (const { text = "", files = [] } of says) {
      const attachment_ids = await Promise.all(files.map((file) => this.upload(file)));
      const message = { client_id: crypto.randomUUID(), text, attachment_ids };
      await this.chat.api.post("/rooms/{room_id}/messages", { path, body: message });
    }
    return room.id;
  }

  async invite(roomId: string): Promise<string> {
    const path = { room_id: roomId };
    return (await this.chat.api.post("/rooms/{room_id}/invites", { path, body: {} })).code;
  }

  get id(): string {
    return this.chat.account.get()?.id ?? "";
  }

  leave(): void {
    this.chat.close();
  }
}

interface Said {
  readonly text?: string;
  readonly files?: readonly File[];
}

const CODE = `Like this:
\`\`\`ts
/** The first train that reaches the lake before noon. */
export function firstTrain(trains: readonly Train[]): Train | undefined {
  const early = trains.filter(({ arrives }) => arrives < 12 * 60);
  return early.sort((a, b) => a.leaves - b.leaves)[0];
}
\`\`\`
- [x] look up the trains
- [ ] buy the tickets`;

export interface Scene {
  /** A room with code, tasks, a sound and a film. */
  readonly workshop: string;
  /** Of a group that the photographer is not in. */
  readonly invite: string;
  leave(): void;
}

/** Lets them talk about the weekend. `page` paints the picture that they share, and films. */
export async function talk(url: string, page: Page): Promise<Scene> {
  const enter = (login: string) => Neighbour.enter(url, login);
  const [maya, amara, sofia, liam] = await Promise.all(
    (["maya", "amara", "sofia", "liam"] as const).map(enter),
  );
  if (!maya || !amara || !sofia || !liam) throw new Error("somebody could not sign in");
  await page.goto("/sign-in");
  const lake = await sofia.upload(await landscape(page));
  const asked = await amara.say("Who is in for the lake on Saturday? 24 degrees, and no wind 🌤️");
  const picture = await sofia.say("Me! This was it last year:", {
    attachment_ids: [lake],
  });
  await maya.say("Count me in. I bring the *good* coffee and two blankets.");
  const train = await liam.say("The train leaves at **9:12**, and the last one back is 21:40.");
  await maya.say("Then we have time for the sunset", { reply_to_seq: picture.seq });
  await amara.say("@maya could you take the small tent, too?");
  for (const one of [maya, sofia, liam]) await one.react("🎉", asked);
  for (const one of [maya, amara, liam]) await one.react("😍", picture);
  await maya.react("👍", train);
  const media = [toFile(tone()), toFile(await film(page, 320, 200))];
  const says = [{ text: CODE }, { text: "And how it sounds:", files: media }];
  const workshop = await liam.tell("Workshop", says, maya, sofia);
  const invite = await amara.invite(await amara.tell("Choir 🎶", [{ text: "La" }], sofia, liam));
  // Last, so that this talk is the first of the chats.
  const sure = await maya.say("Sure ⛺");
  for (const each of [amara, sofia]) await each.read(sure);
  const leave = () => {
    for (const each of [maya, amara, sofia, liam]) each.leave();
  };
  return { workshop, invite, leave };
}

const toFile = ({ name, mimeType, buffer }: Made) =>
  new File([Uint8Array.from(buffer)], name, { type: mimeType });

/** A lake in the evening, painted by a browser. */
async function landscape(page: Page): Promise<File> {
  const data = await page.evaluate(paint);
  return new File([Buffer.from(data, "base64")], "lake.jpg", { type: "image/jpeg" });
}

async function paint(): Promise<string> {
  const [width, height] = [1440, 760];
  const canvas = new OffscreenCanvas(width, height);
  const brush = canvas.getContext("2d");
  if (!brush) throw new Error("no canvas");
  const fade = (from: number, to: number, ...colours: string[]) => {
    const made = brush.createLinearGradient(0, from, 0, to);
    for (const [n, colour] of colours.entries())
      made.addColorStop(n / (colours.length - 1), colour);
    return made;
  };
  const shore = height * 0.66;
  brush.fillStyle = fade(0, shore, "#5c7fb8", "#a9bcd8", "#f6d9b8", "#fbc79b");
  brush.fillRect(0, 0, width, shore);
  const [sunX, sunY] = [980, shore - 235];
  const glow = brush.createRadialGradient(sunX, sunY, 0, sunX, sunY, 460);
  const light = [
    [0, "#fffaf0"],
    [0.1, "#fff3d6"],
    [0.11, "#ffe9c2b0"],
    [1, "#ffe9c200"],
  ] as const;
  for (const [at, colour] of light) {
    glow.addColorStop(at, colour);
  }
  brush.fillStyle = glow;
  brush.fillRect(0, 0, width, shore);
  for (const [n, colour] of ["#9fb0c9", "#7690ad", "#4d6f8a", "#2f5266"].entries()) {
    brush.fillStyle = colour;
    brush.beginPath();
    brush.moveTo(0, shore);
    for (let x = 0; x <= width; x += 6) {
      const wave = Math.sin(x / (190 - n * 26) + n * 2.1) + Math.sin(x / (83 - n * 9) + n) * 0.4;
      brush.lineTo(x, shore - 150 + n * 38 - wave * (52 - n * 9));
    }
    brush.lineTo(width, shore);
    brush.fill();
  }
  brush.fillStyle = fade(shore, height, "#e9c3a4", "#8aa3bd", "#3f6480");
  brush.fillRect(0, shore, width, height - shore);
  for (let line = 0; line < 26; line += 1) {
    const wide = 60 + Math.abs(Math.sin(line * 2.3)) * 130 - line;
    brush.fillStyle = "#fff1d650";
    brush.fillRect(sunX - wide / 2, shore + 6 + line * 8, wide, 3);
  }
  const bytes = new Uint8Array(
    await (await canvas.convertToBlob({ type: "image/jpeg", quality: 0.86 })).arrayBuffer(),
  );
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
