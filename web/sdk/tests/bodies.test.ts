/** Answers without a body, and answers that were cut off. */

import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { ChatError } from "../src/index.ts";
import { client } from "./people.ts";

/** A client whose server, or a proxy before it, answers like this. */
async function answered(by: (answer: ServerResponse) => void) {
  const server = createServer((_, answer) => by(answer));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const { api } = client({ url: `http://127.0.0.1:${port}` });
  return api.post("/auth/password/forgot", { body: { email: "ann@example.com" } });
}

test.each([200, 201, 202, 203, 204, 205])("%i without a body is no failure", async (status) => {
  expect(await answered((answer) => answer.writeHead(status).end())).toBeUndefined();
});

test("a body is read whatever the status", async () => {
  const said = answered((answer) => answer.writeHead(202).end('{"ok":true}'));
  expect(await said).toEqual({ ok: true });
});

test.each([
  (answer: ServerResponse) => answer.writeHead(200).end('{"ok":'),
  (answer: ServerResponse) => {
    answer.writeHead(200, { "Content-Length": 100 });
    answer.write('{"ok":true}', () => answer.destroy());
  },
])("a body that was cut off is a failure that may pass", async (by) => {
  const failed = await answered(by).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(ChatError);
  expect((failed as ChatError).code).toBe("unavailable");
});
