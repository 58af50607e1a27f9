/** Pages of other origins than the server's, in a browser: what they may do, and what they are told. */

import { createServer, type Server as Pages } from "node:http";
import { chromium, type Page } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from "vitest";
import { Server } from "../sdk/tests/server.ts";

const PAGE = `<!doctype html><title>Shop</title>
  <script type="module">import { Chat } from "/sdk.js"; window.Chat = Chat;</script>`;

/** In the page. */
declare global {
  var Chat: typeof import("../sdk/src/index.ts").Chat;
}

let library: string;
let pages: Pages;
let port: number;

/** The library alone, as a page of somebody else's has it. */
beforeAll(async () => {
  const entry = new URL("../sdk/src/index.ts", import.meta.url).pathname;
  const built = await build({
    configFile: false,
    logLevel: "error",
    build: { write: false, lib: { entry, formats: ["es"], fileName: "sdk" } },
  });
  const [found] = Array.isArray(built) ? built : [built];
  if (!found || !("output" in found)) throw new Error("nothing was built");
  library = found.output[0].code;
  pages = createServer(({ url }, answer) => {
    const isScript = url === "/sdk.js";
    answer.setHeader("Content-Type", isScript ? "text/javascript" : "text/html");
    answer.end(isScript ? library : PAGE);
  });
  await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve));
  const address = pages.address();
  port = typeof address === "object" && address ? address.port : 0;
});
afterAll(() => void pages.close());

async function pageOf(host: string): Promise<Page> {
  const browser = await chromium.connect(inject("chromium"));
  onTestFinished(() => browser.close());
  const page = await (await browser.newContext()).newPage();
  await page.goto(`http://${host}:${port}/`);
  return page;
}

/** Signs up, or continues the session. Resolves to what came of it. */
function tries(page: Page, what: "signUp" | "restore", options: object): Promise<string> {
  const name = `ann_${Date.now().toString(36)}`;
  return page.evaluate(
    async ({ what, options, name }) => {
      const chat = new Chat(options);
      const body = {
        email: `${name}@example.com`,
        username: name,
        password: "correct horse battery",
      };
      try {
        return String((await chat[what](body)) ?? chat.account.get()?.username);
      } catch (error) {
        return `${(error as { code: string }).code}: ${(error as Error).message}`;
      } finally {
        chat.close();
      }
    },
    { what, options, name },
  );
}

test("a page whose origin is not allowed is told so, by calls and by the connection", async () => {
  const page = await pageOf("127.0.0.1");
  const url = inject("url");
  const wanted = `CORS_ORIGINS has to name http://127.0.0.1:${port}`;
  expect(await tries(page, "signUp", { url })).toContain(wanted);
  const told = await page.evaluate(
    async ({ url }) => {
      const given = { access_token: "x", expires_in: 900, user: { id: "x" } };
      const session = async () => given as never;
      const chat = new Chat({ url, session });
      await chat.restore();
      return new Promise<string>((resolve) => {
        chat.connection.subscribe(() => {
          const { state, error } = chat.connection.get();
          if (error) resolve(`${state} ${error.code} ${error.message}`);
        });
      });
    },
    { url },
  );
  expect(told).toContain("waiting forbidden");
  expect(told).toContain(wanted);
});

test("a page of the same site that is named keeps its session in the cookie", async () => {
  const server = await Server.start({ CORS_ORIGINS: `http://127.0.0.1:${port}` });
  onTestFinished(() => server.close());
  const page = await pageOf("127.0.0.1");
  const options = { url: server.url, cookie: true };
  expect(await tries(page, "signUp", options)).toMatch(/^ann_/);
  await page.reload();
  expect(await tries(page, "restore", options)).toBe("true");
  const other = await pageOf("localhost");
  expect(await tries(other, "signUp", options)).toContain("is another site");
});

test("a page that is allowed by a * alone may not use the cookie, and is told so", async () => {
  const server = await Server.start({ CORS_ORIGINS: "*" });
  onTestFinished(() => server.close());
  const page = await pageOf("127.0.0.1");
  expect(await tries(page, "signUp", { url: server.url })).toMatch(/^ann_/);
  const refused = await tries(page, "signUp", { url: server.url, cookie: true });
  expect(refused).toContain("does not allow pages");
  expect(refused).toContain("with cookies");
});
