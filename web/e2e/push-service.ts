/**
 * A push service with the keys of one browser, because Chromium's own service is on the internet.
 */

import { createDecipheriv, createECDH, hkdfSync, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { BrowserContext } from "playwright-core";

export class PushService {
  /** The decrypted payloads, the latest last. */
  readonly received: string[] = [];
  private readonly keys = createECDH("prime256v1");
  private readonly auth = randomBytes(16);

  private constructor(private readonly server: Server) {
    this.keys.generateKeys();
    server.on("request", async (request, answer) => {
      this.received.push(this.decrypt(await bodyOf(request)));
      answer.writeHead(201).end();
    });
  }

  /** Listens on 127.0.0.1, which `PUSH_PRIVATE_HOSTS` has to contain. */
  static async open(): Promise<PushService> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new PushService(server);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** Makes the pages of this browser subscribe here. */
  async install(context: BrowserContext): Promise<void> {
    const { port } = this.server.address() as AddressInfo;
    const endpoint = `http://127.0.0.1:${port}/push/1`;
    const p256dh = this.keys.getPublicKey("base64url");
    const keys = { p256dh, auth: this.auth.toString("base64url") };
    await context.addInitScript(
      (json) => {
        // The server's key with which the browser has subscribed.
        const KEY = "subscribed";
        const unsubscribe = async () => {
          localStorage.removeItem(KEY);
          return true;
        };
        const bytes = (key: string) =>
          Uint8Array.from(atob(key.replaceAll("-", "+").replaceAll("_", "/")), (each) =>
            each.charCodeAt(0),
          );
        const current = () => {
          const key = localStorage.getItem(KEY);
          if (key === null) return null;
          const options = { userVisibleOnly: true, applicationServerKey: bytes(key).buffer };
          const made = { endpoint: json.endpoint, options, toJSON: () => json, unsubscribe };
          return made as unknown as PushSubscription;
        };
        PushManager.prototype.getSubscription = async () => current();
        PushManager.prototype.subscribe = async (options) => {
          const key = String(options?.applicationServerKey);
          const before = localStorage.getItem(KEY) ?? key;
          if (before !== key) throw new DOMException("another key", "InvalidStateError");
          localStorage.setItem(KEY, key);
          return current() as PushSubscription;
        };
      },
      { endpoint, expirationTime: null, keys },
    );
  }

  /** Decrypts as RFC 8291 defines it. */
  private decrypt(body: Buffer): string {
    const salt = body.subarray(0, 16);
    const start = 21 + (body[20] ?? 0);
    const sender = body.subarray(21, start);
    const secret = this.keys.computeSecret(sender);
    const about = [Buffer.from("WebPush: info\0"), this.keys.getPublicKey(), sender];
    const key = derive(secret, this.auth, Buffer.concat(about), 32);
    const cek = derive(key, salt, Buffer.from("Content-Encoding: aes128gcm\0"), 16);
    const nonce = derive(key, salt, Buffer.from("Content-Encoding: nonce\0"), 12);
    const decipher = createDecipheriv("aes-128-gcm", cek, nonce);
    decipher.setAuthTag(body.subarray(-16));
    const padded = Buffer.concat([decipher.update(body.subarray(start, -16)), decipher.final()]);
    return padded.subarray(0, padded.lastIndexOf(2)).toString();
  }
}

function derive(key: Buffer, salt: Buffer, info: Buffer, length: number): Buffer {
  return Buffer.from(hkdfSync("sha256", key, salt, info, length));
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
