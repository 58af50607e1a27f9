/** The build fails when a screen, or what comes after it, has become too large. */

import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, createLogger } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Budget, budget } from "./budget.ts";

/** Modules of some thousand bytes that do not get smaller, by the modules that each of them imports. */
const SOURCES: Readonly<Record<string, string>> = {
  "entry.js": `import "./shared.js"; import("./late.js"); ${filling()}`,
  "shared.js": filling(),
  "late.js": `import "./shared.js"; ${filling()}`,
};
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "budget-"));
  for (const [name, source] of Object.entries(SOURCES)) writeFileSync(join(folder, name), source);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Some 4 KB after gzip. */
function filling(): string {
  return `globalThis.filling = "${randomBytes(3_000).toString("base64")}";`;
}

/** What the build says of the budgets, or the error that it ends with. */
async function said(...budgets: readonly Budget[]): Promise<string> {
  const lines: string[] = [];
  const customLogger = { ...createLogger("silent"), info: (line: string) => void lines.push(line) };
  const input = join(folder, "entry.js");
  const rolldownOptions = { input, preserveEntrySignatures: "strict" as const };
  try {
    await build({
      root: folder,
      configFile: false,
      customLogger,
      plugins: [budget(...budgets)],
      build: { write: false, rolldownOptions },
    });
  } catch (error) {
    return String(error);
  }
  return lines.join("\n");
}

const entry = ["/entry.js"];
const late = ["/late.js"];

test("a screen within its budget is said", async () => {
  expect(await said({ label: "Entry", modules: entry, most: 10 })).toMatch(
    /Entry: [6-9]\.\d of 10 KB/,
  );
});

test("a screen past its budget ends the build", async () => {
  const words = await said({ label: "Entry", modules: entry, most: 5 });
  expect(words).toMatch(/Error.*Entry: [6-9]\.\d of 5 KB/s);
});

test("what comes later counts apart, without what is there already", async () => {
  const later = { label: "Late", modules: late, after: entry };
  expect(await said({ ...later, most: 5 })).toMatch(/Late: [2-4]\.\d of 5 KB/);
  expect(await said({ ...later, most: 2 })).toMatch(/Error.*Late: [2-4]\.\d of 2 KB/s);
  expect(await said({ label: "Late", modules: late, most: 5 })).toMatch(/Error.*of 5 KB/s);
});

test("a late part that the screen loads itself ends the build, and so does one that is not there", async () => {
  const early = { label: "Late", modules: ["/shared.js"], after: entry, most: 50 };
  expect(await said(early)).toMatch(/shared\.js comes too early/);
  expect(await said({ label: "Late", modules: ["/gone.js"], most: 50 })).toMatch(/no \/gone\.js/);
});
