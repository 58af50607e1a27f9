/** More than any preview of a few lines can show. */
const MOST_OF_LINE = 500;

/** Pieces that no later step may change are signs for private use until the end. */
const FIRST = 0xe100;
const SIGNS = /[\ue100-\ue3ff]/g;
const LETTER = "\\p{L}\\p{N}";

const FENCED = /^[ \t>]*(`{3,}|~{3,})[^\n]*\n?([\s\S]*?)(?:\n[ \t>]*\1[^\n]*|$(?![\s\S]))/gm;
const CODE = /(?<![\\`])(`+)(?!`)((?:[^`]|(?!(?<!`)\1(?!`))`)+)(?<!`)\1(?!`)/g;
const LINK = /!?\[((?:\\.|[^[\]\\])*)\]\(<?((?:[^\s()<>]|\([^\s()]*\))*)>?(?:\s+"[^"]*")?\)/g;
const ADDRESS = /\b(?:https?:\/\/|www\.)[^\s<>]+/g;
const SHRUG = /\\_\([^\s()]{1,8}\)_\//g;
/** Marks that are taken back: in pairs, where one could begin something, and before a list. */
const PAIR = new RegExp(`(?<![${LETTER}:\\\\/._])\\\\([*_~\`])(?=\\S)([^\\n\\\\]*)\\\\\\1`, "gu");
const MARK = new RegExp(`(?<![${LETTER}:\\\\/._])\\\\([*_~\`[<@:])(?=[^\\s\\\\])`, "gu");
const BULLET = /^([ \t>]*)\\([-+*#>])(?=\s)/gm;
const BACKSLASHES = /\\+[*_~`]*/g;

const ITEM = /^[ \t]*(?:(?:>|[-*+][ \t])[ \t]*)+(?=\S)/gm;
const TASK = /^((?:\d{1,9}[.)])?[ \t]*)\[([ xX])\](?=[ \t]+\S)/gm;
const EMPHASIS = [
  /(?<!\*)(\*{1,3})(?![\s*])([^\n*]+)(?<!\s)\1(?!\*)/g,
  new RegExp(`(?<![${LETTER}_])(_{1,3})(?![\\s_])([^\\n]+?)(?<![\\s_])\\1(?![${LETTER}_])`, "gu"),
  /(?<!~)(~{1,2})(?![\s~])([^\n~]+)(?<!\s)\1(?!~)/g,
];
/** Marks can stand in marks. */
const TIMES = 3;

/**
 * The words of a text in one line, without Markdown's marks, for places that show no formatting. The
 * text is cut first, so that no pattern has far to look. The server does the same for pushes
 * (`server/push/plain.py`); both are compared with the table in `server/push/plain.json`.
 */
export function withoutMarkdown(markdown: string): string {
  const kept: string[] = [];
  const keep = (piece: string) => String.fromCharCode(FIRST + kept.push(piece) - 1);
  let text = markdown
    .trimStart()
    .slice(0, MOST_OF_LINE)
    .replace(SIGNS, "")
    .replace(FENCED, (_, __, inside: string) => keep(inside))
    .replace(CODE, (_, __, inside: string) => keep(inside.trim()))
    .replace(LINK, (_, label: string, to: string) => label || keep(to))
    .replace(ADDRESS, (address) => keep(address))
    .replace(SHRUG, (face) => keep(face))
    .replace(PAIR, (_, mark: string, inside: string) => keep(mark) + inside + keep(mark))
    .replace(MARK, (_, mark: string) => keep(mark))
    .replace(BULLET, (_, before: string, mark: string) => before + keep(mark))
    .replace(BACKSLASHES, (those) => keep(those))
    .replace(ITEM, "")
    .replace(TASK, (_, before: string, done: string) => before + (done === " " ? "☐" : "☑"));
  for (let times = 0; times < TIMES; times++) {
    for (const pattern of EMPHASIS) text = text.replace(pattern, "$2");
  }
  // A piece can hold pieces that were kept before it.
  while (kept.length > 0) {
    const piece = kept.pop() ?? "";
    text = text.replace(String.fromCharCode(FIRST + kept.length), () => piece);
  }
  return text.replace(/\s+/g, " ").trim();
}
