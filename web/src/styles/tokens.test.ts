import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

type Colour = readonly [red: number, green: number, blue: number, alpha: number];

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
const PAIR = /light-dark\((#\w+), (#\w+)\)/.source;

const tokens = new Map<string, [light: string, dark: string]>();
for (const [, name = "", light = "", dark = ""] of read("tokens.css").matchAll(
  new RegExp(`--([\\w-]+): ${PAIR}`, "g"),
)) {
  tokens.set(name, [light, dark]);
}
tokens.set("on-accent", ["#ffffff", "#ffffff"]);

const SURFACES = ["canvas", "surface", "raised"];
const BEHIND_TEXT = [...SURFACES, "selected", "accent-soft", "bubble", "bubble-own", "highlight"];

for (const [at, theme] of ["light", "dark"].entries()) {
  const colour = (name: string) => parse(tokens.get(name)?.[at] ?? "");
  const backgrounds = new Map(BEHIND_TEXT.map((name) => [name, colour(name)]));
  for (const surface of SURFACES) {
    for (const state of ["hover", "pressed"]) {
      backgrounds.set(`${surface} ${state}`, over(colour(state), colour(surface)));
    }
  }

  test(`what is read has a contrast of 4.5 on all it stands on, when it is ${theme}`, () => {
    for (const [name, behind] of backgrounds) {
      for (const ink of ["ink", "ink-soft", "accent-ink"]) {
        expect(contrast(colour(ink), behind), `${ink} on ${name}`).toBeGreaterThanOrEqual(4.5);
      }
    }
    for (const [ink, behind] of [
      ["warning-ink", "warning-soft"],
      ["danger-ink", "danger-soft"],
      ["danger-ink", "raised"],
      ["danger-ink", "canvas"],
      ["success-ink", "surface"],
      ["on-accent", "accent"],
      ["on-accent", "accent-hover"],
      ["on-accent", "danger"],
      ["on-accent", "danger-hover"],
      ...[...tokens.keys(), "ink", "ink-soft", "danger-ink", "success-ink"]
        .filter((name) => /^code-|ink/.test(name) && !name.startsWith("warning"))
        .map((name) => [name, "code"] as const),
    ] as const) {
      const found = contrast(colour(ink), colour(behind));
      expect(found, `${ink} on ${behind}`).toBeGreaterThanOrEqual(4.5);
    }
  });

  test(`edges and dots have a contrast of 3, when it is ${theme}`, () => {
    for (const surface of SURFACES) {
      for (const edge of ["line-strong", "online", "away"]) {
        const found = contrast(colour(edge), colour(surface));
        expect(found, `${edge} on ${surface}`).toBeGreaterThanOrEqual(3);
      }
    }
  });

  test(`initials can be read, when it is ${theme}`, () => {
    const hues = [...read("../ui/avatar.module.css").matchAll(new RegExp(PAIR, "g"))];
    expect(hues).toHaveLength(16);
    for (let hue = 0; hue < hues.length; hue += 2) {
      const [behind, ink] = [hues[hue], hues[hue + 1]].map((found) => parse(found?.[at + 1] ?? ""));
      if (behind && ink) expect(contrast(ink, behind)).toBeGreaterThanOrEqual(4.5);
    }
  });
}

function parse(hex: string): Colour {
  const part = (at: number) => Number.parseInt(hex.slice(at, at + 2), 16);
  return [part(1), part(3), part(5), hex.length > 7 ? part(7) / 255 : 1];
}

function over([red, green, blue, alpha]: Colour, behind: Colour): Colour {
  const mix = (front: number, back: number) => front * alpha + back * (1 - alpha);
  return [mix(red, behind[0]), mix(green, behind[1]), mix(blue, behind[2]), 1];
}

/** The contrast as defined by WCAG 2. */
function contrast(one: Colour, other: Colour): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance([red, green, blue]: Colour): number {
  const linear = (part: number) =>
    part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4;
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}
