/** What people write stays text, and no script can read the secrets. */

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  attach,
  choose,
  composer,
  feed,
  makeGroup,
  message,
  note,
  type Person,
  Stage,
  say,
} from "./stage.ts";

const CORPUS = [
  "<script>window.hit=1</script>",
  "<img src=x onerror=window.hit=1>",
  "<svg onload=window.hit=1>",
  "<svg><script>window.hit=1</script></svg>",
  "<math><mtext></p><img src=x onerror=window.hit=1>",
  "<iframe srcdoc='<script>parent.hit=1</script>'></iframe>",
  "<details open ontoggle=window.hit=1>",
  "<style>@import 'javascript:window.hit=1'</style>",
  "<template><img src=x onerror=window.hit=1></template>",
  "<a href=javascript:window.hit=1>x</a>",
  "<x contenteditable onfocus=window.hit=1 autofocus>",
  "&lt;script&gt;window.hit=1&lt;/script&gt;",
  "\u202e<script>window.hit=1</script>",
  '"><img src=x onerror=window.hit=1>',
  "'-(window.hit=1)-'",
  "{{window.hit=1}} {window.hit=1}",
];
const LINKS = [
  "[click](javascript:window.hit=1)",
  "[click](JaVaScRiPt:window.hit=1)",
  "[click](java\nscript:window.hit=1)",
  "[click](&#106;avascript:window.hit=1)",
  "[click](data:text/html,<script>window.hit=1</script>)",
  "[click](vbscript:window.hit=1)",
  "[click](blob:https://example.com/x)",
  "[click](file:///etc/passwd)",
  "[click](//example.com/x)",
  "![x](javascript:window.hit=1)",
  '![x](x" onerror="window.hit=1)',
  '[x](https://example.com "onmouseover=window.hit=1")',
  "<javascript:window.hit=1>",
  "<https://example.com/<script>>",
  "https://example.com/?q=<script>window.hit=1</script>",
  "http://user:pass@example.com/",
  "mallory@example.com",
  "javascript:window.hit=1",
  "```html\n<script>window.hit=1</script>\n```",
  "`<img src=x onerror=window.hit=1>`",
  "> <img src=x onerror=window.hit=1>",
  "- <script>window.hit=1</script>",
  "|<img src=x onerror=window.hit=1>|\n|-|\n|x|",
];
/** Short enough for every field that takes a name. */
const NAME = "<img src=x onerror=window.hit=1>";

let stage: Stage;
let mallory: Person;
let bob: Person;
let room: string;

beforeAll(async () => {
  stage = await Stage.open();
  [mallory, bob] = await Promise.all([stage.person(NAME), stage.person("Bob")]);
  room = await makeGroup(mallory, NAME, [bob]);
  const status = { emoji: "🧨", text: NAME, expires_at: null };
  await mallory.call("PATCH", "/users/me", { bio: NAME, status });
  await mallory.call("PATCH", room, { topic: NAME });
  await mallory.page.goto(room);
  await composer(mallory.page).waitFor();
});
afterEach((context) => stage.check(context));
afterAll(() => stage?.close());

const hits = () =>
  Promise.all(
    [mallory, bob].map(({ page }) => page.evaluate(() => (window as { hit?: number }).hit)),
  );

test("no message is run as code, and links only open pages", async () => {
  for (const text of [...CORPUS, ...LINKS]) await say(mallory.page, text);
  await attach(mallory.page, note(`${NAME}.txt`));
  await say(mallory.page, `@${bob.username} ${NAME}`);
  await bob.page.goto(room);
  const last = message(bob, `@${bob.username}`);
  await last.getByRole("link", { name: /onerror/ }).waitFor();
  const unsafe = "script, iframe, svg svg, object, embed, style, form, [onerror], [onload]";
  expect(await feed(bob.page).locator(unsafe).count()).toBe(0);
  const links = await feed(bob.page)
    .locator("a")
    .evaluateAll((all: HTMLAnchorElement[]) => all.map(({ href, rel }) => [href, rel] as const));
  expect(links.length).toBeGreaterThan(5);
  for (const [href, rel] of links) {
    expect(href).toMatch(/^(https?|mailto):/);
    expect(rel).toBe("noopener noreferrer");
  }
  expect(await hits()).toEqual([undefined, undefined]);
});

test("no name is run as code, wherever it is shown", async () => {
  const { page } = bob;
  await choose(mallory, `@${bob.username}`, "Pin");
  await say(mallory.page, "Last");
  await choose(mallory, "Last", "Reply");
  await say(mallory.page, NAME);
  await mallory.page.getByRole("textbox", { name: /^Message/ }).pressSequentially("typing");
  await page
    .getByText(/is typing/)
    .first()
    .waitFor();
  const panel = page.getByRole("complementary");
  for (const name of ["details", "pins", "notifications"]) {
    await page.goto(`${room}?panel=${name}`);
    await panel.getByText(NAME).first().waitFor();
  }
  await page.goto(`${room}?panel=search`);
  await panel.getByRole("searchbox").fill("img");
  await panel.getByRole("link").getByText(NAME).first().waitFor();
  await feed(page)
    .getByRole("button", { name: `Profile of ${NAME}` })
    .last()
    .click();
  await page.getByRole("dialog", { name: "Profile" }).getByText(NAME).first().waitFor();
  await page.keyboard.press("Escape");
  await composer(page).pressSequentially("@img");
  await page.getByRole("option").first().waitFor();
  await page.getByRole("searchbox", { name: "Find chats, people, messages" }).fill(NAME);
  await page.getByRole("list", { name: "Chats" }).getByText(NAME).first().waitFor();
  const { code } = await mallory.call<{ code: string }>("POST", `${room}/invites`);
  const eve = await stage.person("Eve");
  await eve.page.goto(`/invites/${code}`);
  await eve.page.getByRole("main").getByText(NAME).first().waitFor();
  expect(await hits()).toEqual([undefined, undefined]);
});

test("no script sees a token", async () => {
  const { page } = bob;
  const seen = await page.evaluate(async () => {
    const names = (await indexedDB.databases()).map(({ name }) => name ?? "");
    const stored = await Promise.all(
      names.map(
        (name) =>
          new Promise<unknown>((resolve) => {
            const opening = indexedDB.open(name);
            opening.onsuccess = () => {
              const stores = [...opening.result.objectStoreNames];
              const reading = opening.result.transaction(stores);
              const found = stores.map((store) => reading.objectStore(store).getAll());
              reading.oncomplete = () => {
                opening.result.close();
                resolve(found.map(({ result }) => result));
              };
            };
          }),
      ),
    );
    return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, stored]);
  });
  expect(seen).toContain(bob.username);
  // Nothing else in the storage is as long as a token; ids have 36 characters.
  expect(seen).not.toMatch(/eyJ[\w-]+\.[\w-]+\.|[\w.~+-]{40}/);
  expect(seen).toContain('"refreshToken":null');
  const cookies = await bob.context.cookies();
  // The cookie of the session, and the one by which the server recognizes a known browser.
  expect(cookies.map(({ name }) => name).sort()).toEqual(["device", "refresh_token"]);
  for (const { httpOnly, sameSite, path } of cookies) {
    expect([httpOnly, sameSite, path]).toEqual([true, "Strict", "/api/v1/auth"]);
  }
});

test("the policy blocks foreign scripts", async () => {
  const answer = await bob.page.goto("/");
  const policy = answer?.headers()["content-security-policy"] ?? "";
  expect(policy).toMatch(/script-src 'self'(;| 'sha)/);
  expect(policy).toContain("require-trusted-types-for 'script'");
  expect(policy).not.toMatch(/script-src[^;]*unsafe/);
  const refused = await bob.page.evaluate(() => {
    const tries = [
      () => Reflect.set(document.createElement("div"), "innerHTML", "<b>x</b>"),
      () => Reflect.set(document.createElement("script"), "text", "window.hit = 1"),
    ];
    return tries.map((attempt) => {
      try {
        return attempt();
      } catch (error) {
        return (error as Error).name;
      }
    });
  });
  expect(refused).toEqual(["TypeError", "TypeError"]);
  stage.forgive(/TrustedHTML|TrustedScript|Trusted Type/i);
});
