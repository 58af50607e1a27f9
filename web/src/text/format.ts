import { locale, text } from "./index.ts";
import type { PluralForms } from "./plural-forms.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Creating a format is expensive, so each is created once. */
const plurals = new Intl.PluralRules(locale);
const numbers = new Intl.NumberFormat(locale);
const compact = new Intl.NumberFormat(locale, { notation: "compact" });
const clock = new Intl.DateTimeFormat(locale, { timeStyle: "short" });
const weekday = new Intl.DateTimeFormat(locale, { weekday: "long" });
const date = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long" });
const shortDate = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
const fullDate = new Intl.DateTimeFormat(locale, { dateStyle: "long" });
const shortFullDate = new Intl.DateTimeFormat(locale, { dateStyle: "short" });
const moment = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
const names = new Intl.ListFormat(locale, { type: "conjunction" });

/** The form for `count`, with "#" replaced by the number. */
export function plural(count: number, forms: PluralForms): string {
  return (forms[plurals.select(count)] ?? forms.other).replace("#", numbers.format(count));
}

export const number = (value: number): string => numbers.format(value);

/** A short number for badges: 1.2K. */
export const short = (value: number): string => compact.format(value);

/** "Ann, Bob and Eve". */
export const list = (items: Iterable<string>): string => names.format(items);

/** 14:03 */
export const time = (iso: string): string => clock.format(new Date(iso));

/** The full date and time, for tooltips and screen readers: Sunday, 22 November 2026 at 14:03. */
export const exact = (iso: string): string => moment.format(new Date(iso));

/** The heading above a day's messages: Today, Yesterday, Tuesday, 3 March, 3 March 2025. */
export function day(iso: string, now = new Date()): string {
  const then = new Date(iso);
  const ago = daysBetween(then, now);
  if (ago === 0) return text.time.today;
  if (ago === 1) return text.time.yesterday;
  if (ago > 1 && ago < 7) return weekday.format(then);
  return (then.getFullYear() === now.getFullYear() ? date : fullDate).format(then);
}

/** As short as possible, for lists: 14:03, Yesterday, Tuesday, 3 Mar, 03/03/2025. */
export function brief(iso: string, now = new Date()): string {
  const then = new Date(iso);
  const ago = daysBetween(then, now);
  if (ago <= 0) return clock.format(then);
  if (ago === 1) return text.time.yesterday;
  if (ago < 7) return weekday.format(then);
  return (then.getFullYear() === now.getFullYear() ? shortDate : shortFullDate).format(then);
}

/** "5 minutes ago", "in 3 days". */
export function ago(iso: string, now = Date.now()): string {
  const seconds = Math.round((Date.parse(iso) - now) / 1000);
  const [amount, unit] = scaled(seconds);
  return amount === 0 && unit === "second" ? text.time.now : relative.format(amount, unit);
}

/**
 * When the words of `ago` may change next, as `useClock` asks. They change at quarters of minutes,
 * at half hours or at half days from the moment, give or take the second that is rounded away.
 */
export const agoChange =
  (iso: string) =>
  (now: number): number => {
    const age = now - Date.parse(iso);
    const far = Math.abs(age);
    const step = far < HOUR_MS ? 15_000 : far < DAY_MS ? HOUR_MS / 2 : DAY_MS / 2;
    return now + step - ((((age - 1000) % step) + step) % step);
  };

/** "in 12 seconds", "in 5 minutes". Rounded up, so that the time has passed by then. */
export function after(seconds: number): string {
  if (seconds < 60) return relative.format(Math.ceil(seconds), "second");
  if (seconds < 3600) return relative.format(Math.ceil(seconds / 60), "minute");
  return relative.format(Math.ceil(seconds / 3600), "hour");
}

/** The length of a recording: 0:07, 12:30, 1:02:03. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60];
  const hours = Math.floor(seconds / 3600);
  if (hours) parts.unshift(hours);
  return parts.map((part, at) => (at ? String(part).padStart(2, "0") : part)).join(":");
}

/** 12 kB, 3.4 MB. */
export function bytes(size: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  const step = Math.min(Math.floor(Math.log10(Math.max(size, 1)) / 3), units.length - 1);
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit: units[step] ?? "byte",
    unitDisplay: step ? "short" : "long",
    maximumFractionDigits: step > 1 ? 1 : 0,
  }).format(size / 1000 ** step);
}

function daysBetween(then: Date, now: Date): number {
  const midnight = (of: Date) => new Date(of.getFullYear(), of.getMonth(), of.getDate()).getTime();
  return Math.round((midnight(now) - midnight(then)) / DAY_MS);
}

function scaled(seconds: number): [number, Intl.RelativeTimeFormatUnit] {
  const size = Math.abs(seconds);
  if (size < 45) return [0, "second"];
  if (size < 3600) return [Math.round(seconds / 60) || Math.sign(seconds), "minute"];
  if (size < 86_400) return [Math.round(seconds / 3600), "hour"];
  if (size < 30 * 86_400) return [Math.round(seconds / 86_400), "day"];
  if (size < 365 * 86_400) return [Math.round(seconds / (30 * 86_400)), "month"];
  return [Math.round(seconds / (365 * 86_400)), "year"];
}
