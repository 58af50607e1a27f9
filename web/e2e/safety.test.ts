/** Whatever people write stays text. */

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createGroup, type Person, Stage, say } from "./stage.ts";

const CORPUS = [
  "<script>window.hit=1</script>",
  "<img src=x onerror=window.hit=1>",
  "<svg onload=window.hit=1>",
  "[click](javascript:window.hit=1)",
  "[click](JaVaScRiPt:window.hit=1)",
  "[click](data:text/html,<script>window.hit=1</script>)",
  "![x](javascript:window.hit=1)",
  '![x](x" onerror="window.hit=1)',
  "<a href=javascript:window.hit=1>x</a>",
  '[x](https://example.com "onmouseover=window.hit=1")',
  "```html\n<script>window.hit=1</script>\n```",
  "`<img src=x onerror=window.hit=1>`",
  "javascript:window.hit=1",
  "vbscript:window.hit=1",
  "<iframe srcdoc='<script>parent.hit=1</script>'></iframe>",
  "&lt;script&gt;window.hit=1&lt;/script&gt;",
  "<details open ontoggle=window.hit=1>",
  "\u202e<script>window.hit=1</script>",
];

let stage: Stage;
let ann: Person;

beforeAll(async () => {
  stage = await Stage.open();
  ann = await stage.person("<img src=x onerror=window.hit=1>");
});
afterEach((context) => stage.check(context));
afterAll(() => stage?.close());

const hit = () => ann.page.evaluate(() => (window as { hit?: number }).hit);

test("no text, name or file name is ever run", async () => {
  await createGroup(ann, "<script>window.hit=1</script>");
  for (const text of CORPUS) await say(ann.page, text);
  await ann.page.locator('input[type="file"]').setInputFiles({
    name: "<img src=x onerror=window.hit=1>.txt",
    mimeType: "text/plain",
    buffer: Buffer.from("x"),
  });
  await ann.page.getByRole("list", { name: "Files to send" }).getByRole("listitem").waitFor();
  await say(ann.page, "the last one");
  await ann.page.getByRole("article").filter({ hasText: "the last one" }).waitFor();
  await ann.page.getByRole("img", { name: "Sending…" }).first().waitFor({ state: "hidden" });
  const feed = ann.page.getByRole("feed", { name: "Messages" });
  expect(await feed.locator("script, iframe, [onerror], [onload]").count()).toBe(0);
  const links = await feed
    .locator("a")
    .evaluateAll((all) =>
      all.map((link) => [link.getAttribute("href") ?? "", link.getAttribute("rel") ?? ""]),
    );
  for (const [href = "", rel = ""] of links) {
    expect(href).toMatch(/^(https?:|mailto:|\/)/);
    if (/^https?:\/\/example/.test(href)) expect(rel).toBe("noopener noreferrer");
  }
  await ann.page.reload();
  await ann.page.getByRole("article").filter({ hasText: "the last one" }).waitFor();
  await ann.page.goto("/settings/profile");
  await ann.page.getByLabel("Name", { exact: true }).waitFor();
  expect(await hit()).toBeUndefined();
});
