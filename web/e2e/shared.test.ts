/** Emoji are picked in tones, what was shared is found, and members by their names. */

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { film, picture, tone } from "./files.ts";
import {
  attach,
  composer,
  makeGroup,
  message,
  note,
  openDetails,
  PASSWORD,
  type Person,
  Stage,
  say,
  testInChromium,
} from "./stage.ts";

let stage: Stage;
let ann: Person;
let bob: Person;
let room: string;

beforeAll(async () => {
  stage = await Stage.open();
  [ann, bob] = await Promise.all([stage.person("Ann"), stage.person("Bob")]);
  room = await makeGroup(ann, "Faces", [bob]);
  await Promise.all([ann.page.goto(room), bob.page.goto(room)]);
  await composer(ann.page).waitFor();
});
afterEach((context) => stage.check(context));
afterAll(() => stage?.close());

/** The id of a user who has no browser. */
async function account(display_name: string): Promise<string> {
  const username = `guest_${Math.random().toString(36).slice(2)}`;
  const answer = await fetch(`${stage.url}/api/v1/auth/signup`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      username,
      display_name,
      email: `${username}@example.com`,
      password: PASSWORD,
    }),
  });
  return (await answer.json()).user.id;
}

test("emoji have categories, skin tones that stay, and keys", async () => {
  const { page } = ann;
  await page.bringToFront();
  await page.goto(room);
  const open = () => page.getByRole("button", { name: "Insert an emoji" }).click();
  const value = () => composer(page).inputValue();
  await open();
  const tabs = page.getByRole("tablist", { name: "Categories" });
  await tabs.getByRole("tab", { name: "Flags" }).click();
  await page.getByRole("button", { name: "flag: Germany", exact: true }).waitFor();
  await expect
    .poll(() => page.getByRole("button", { name: "flag: Germany", exact: true }).isVisible())
    .toBe(true);
  await tabs.getByRole("tab", { name: "Flags" }).press("ArrowLeft");
  await tabs.getByRole("tab", { name: "Symbols", selected: true }).waitFor();
  await tabs.getByRole("tab", { name: "Symbols" }).press("Home");
  await tabs.getByRole("tab", { name: "Recently used", selected: true }).waitFor();

  await page.getByRole("button", { name: "Skin tone: Default" }).click();
  await page.getByRole("menuitemradio", { name: "Medium dark" }).click();
  await page.getByRole("button", { name: "Skin tone: Medium dark" }).waitFor();
  const search = page.getByRole("searchbox", { name: "Search emoji" });
  await search.fill("astronaut");
  await page.getByRole("button", { name: "woman astronaut", exact: true }).click();
  await expect.poll(value).toBe("👩🏾‍🚀");
  await composer(page).fill("");

  // It stays for this device, also for what is found by keys.
  await page.reload();
  await open();
  await search.fill("waving hand");
  await page.getByRole("button", { name: "waving hand", exact: true }).waitFor();
  await search.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect.poll(value).toBe("👋🏾");
  await composer(page).fill("");
  await open();
  await page.getByRole("region", { name: "Recently used" }).getByRole("button").first().waitFor();
  expect(
    await page.getByRole("region", { name: "Recently used" }).getByRole("button").allInnerTexts(),
  ).toEqual(["👋🏾", "👩🏾‍🚀"]);
  await page.keyboard.press("Escape");
});

testInChromium("the same picker is for reactions, and the server takes its tones", async () => {
  await say(bob.page, "A reaction, please");
  const row = message(ann, "A reaction, please");
  await row.hover();
  await row.getByRole("button", { name: "React" }).click();
  await ann.page.getByRole("searchbox", { name: "Search emoji" }).fill("clapping");
  await ann.page.getByRole("button", { name: "clapping hands", exact: true }).click();
  await message(bob, "A reaction, please").getByRole("button", { name: /^👏🏾/ }).waitFor();
});

test("without a connection the picker says so, and tries again", async () => {
  const { page } = await stage.person("Cat", {
    viewport: { width: 1280, height: 800 },
    serviceWorkers: "block",
  });
  await page.route("**/list-*.json", (route) => route.abort());
  await page.goto("/settings/profile");
  await page.getByRole("button", { name: "Emoji", exact: true }).click();
  const retry = page.getByRole("button", { name: "Try again" });
  await retry.waitFor();
  await page.unroute("**/list-*.json");
  await retry.click();
  await page.getByRole("tab", { name: "Food" }).waitFor();
  stage.forgive(/ERR_FAILED|NS_ERROR/);
});

test("what was shared is listed by kind, leads to its message, and follows it", async () => {
  const { page } = ann;
  await page.goto(room);
  await attach(bob.page, await picture(page, "shared.png", "tomato"), note("shared.txt"));
  await say(bob.page, "Picture and note");
  await message(ann, "Picture and note").waitFor();
  await attach(bob.page, tone());
  await say(bob.page, "A tone");
  await message(ann, "A tone").waitFor();
  for (let n = 0; n < 30; n++) {
    const body = { client_id: crypto.randomUUID(), text: `later ${n}.` };
    await bob.call("POST", `${room}/messages`, body);
  }
  const panel = await openDetails(ann);
  await panel.getByRole("button", { name: "View shared.png" }).click();
  const viewer = page.getByRole("dialog", { name: "Picture: shared.png" });
  await viewer.getByRole("link", { name: "Show in chat" }).click();
  await viewer.waitFor({ state: "hidden" });
  await expect.poll(() => message(ann, "Picture and note").isVisible()).toBe(true);
  expect(new URL(page.url()).pathname).toMatch(new RegExp(`^${room}/\\d+$`));

  await panel.getByRole("tab", { name: "Audio" }).click();
  await panel.getByRole("button", { name: "Play tone.wav" }).waitFor();
  await panel.getByRole("link", { name: /^Bob/ }).waitFor();
  await panel.getByRole("tab", { name: "Files" }).click();
  await panel.getByRole("link", { name: "Download shared.txt" }).waitFor();
  // What comes is there at once, and what is deleted goes.
  await attach(bob.page, note("newer.txt"));
  await say(bob.page, "Newer");
  await panel.getByRole("link", { name: "Download newer.txt" }).waitFor();
  const names = panel.getByRole("listitem").getByRole("link", { name: /^Download/ });
  expect(await names.count()).toBe(2);
  const seq = await message(bob, "Newer").getAttribute("data-seq");
  await bob.call("DELETE", `${room}/messages/${seq}`);
  await panel.getByRole("link", { name: "Download newer.txt" }).waitFor({ state: "detached" });
  await panel.getByRole("link", { name: "Download shared.txt" }).waitFor();
});

testInChromium("a film is opened in the viewer", async () => {
  await attach(bob.page, await film(bob.page, 320, 240));
  await say(bob.page, "A film");
  const panel = await openDetails(ann);
  await panel.getByRole("tab", { name: "Media" }).click();
  await panel.getByRole("button", { name: /^Play/ }).click();
  const viewer = ann.page.getByRole("dialog", { name: /^Picture: / });
  await viewer.getByRole("button", { name: /^Play/ }).first().waitFor();
  await ann.page.keyboard.press("Escape");
  await viewer.waitFor({ state: "hidden" });
});

test("members of a large group are found by name, also those who are not loaded", async () => {
  const { page } = ann;
  const names = [...Array.from({ length: 8 }, (_, n) => `Guest ${n}`), "Łucja Zielińska"];
  const others = await Promise.all(names.map(account));
  const body = { kind: "group", name: "Large", member_ids: others };
  const { id } = await ann.call<{ id: string }>("POST", "/rooms", body);
  await page.goto(`/rooms/${id}`);
  const panel = await openDetails(ann);
  const search = panel.getByRole("searchbox", { name: "Find a member" });
  await search.fill("lucja");
  await panel.getByRole("button", { name: /Łucja/ }).first().waitFor();
  await panel.getByText("Guest 1").waitFor({ state: "detached" });
  await search.fill("nobody at all");
  await panel.getByText("No member has this name.").waitFor();
  await search.fill("");
  await panel.getByText("Guest 1").first().waitFor();
});

test("the time below emoji that fill their line leaves no gap", async () => {
  await say(bob.page, "😀😀😀");
  // Until it is sent it has another form.
  const words = message(bob, "😀😀😀").locator("p:has(> [class*=glyphs])");
  await words.waitFor();
  const { gap, height } = await words.evaluate((each) => {
    const [glyphs, time] = [each.querySelector("span"), each.querySelector("time")];
    if (!glyphs || !time) throw new Error("it has another form");
    const width = glyphs.getBoundingClientRect().width;
    // There is no room for the time beside them.
    each.style.inlineSize = `${width + 8}px`;
    const [above, below] = [glyphs.getBoundingClientRect(), time.getBoundingClientRect()];
    if (below.y < above.y + above.height / 2) throw new Error("the time stands beside them");
    return { gap: below.y - above.bottom, height: below.height };
  });
  expect(gap).toBeLessThan(8);
  expect(height).toBeLessThan(24);
});

test("a notification about a group shows the group's picture", async () => {
  const { page } = bob;
  await page
    .getByRole("button", { name: /^Notifications/ })
    .first()
    .click();
  const panel = page.getByRole("complementary");
  const added = panel.getByRole("listitem").filter({ hasText: "Faces" }).first();
  // The initials of the group, which has no picture of its own, and not those of the person.
  await added.getByText("F", { exact: true }).first().waitFor();
});
