/** More than any preview of a few lines can show. */
const MOST_OF_LINE = 500;

/** Pieces that no later step may change are signs for private use until the end. */
const FIRST_KEPT = 0xe100;
const KEPT_SIGNS = /[\ue100-\ue3ff]/g;
const WORD_LETTERS = "\\p{L}\\p{N}";

const FENCED_CODE = /^[ \t>]*(`{3,}|~{3,})[^\n]*\n?([\s\S]*?)(?:\n[ \t>]*\1[^\n]*|$(?![\s\S]))/gm;
const CODE_SPAN = /(?<![\\`])(`+)(?!`)((?:[^`]|(?!(?<!`)\1(?!`))`)+)(?<!`)\1(?!`)/g;
const LABELLED_LINK =
  /!?\[((?:\\.|[^[\]\\])*)\]\((?:<([^<>\n]*)>|((?:[^\s()<>]|\([^\s()]*\))*))(?:\s+"[^"]*")?\)/g;
/** Links to anything else are shown as they were written. */
const SAFE_ADDRESS = /^(?:https?:[/\\]*[^\s/\\?#]|mailto:)/i;
const BARE_ADDRESS = /\b(?:https?:\/\/|www\.)[^\s<>]+/g;
const SHRUGS = /\\_\([^\s()]{1,8}\)_\//g;
/** Marks that are taken back: in pairs, where one could begin something, and before a list. */
const ESCAPED_PAIR = new RegExp(
  `(?<![${WORD_LETTERS}:\\\\/._])\\\\([*_~\`])(?=\\S)([^\\n\\\\]*)\\\\\\1`,
  "gu",
);
const ESCAPED_MARK = new RegExp(
  `(?<![${WORD_LETTERS}:\\\\/._])\\\\([*_~\`[<@:])(?=[^\\s\\\\])`,
  "gu",
);
const ESCAPED_BULLET = /^([ \t>]*)\\([-+*#>])(?=\s)/gm;
const BACKSLASHES = /\\+[*_~`]*/g;

/** Lines of nothing but marks, which begin no list and no quote. */
const LONE_LINES = /^[ \t]*(?:[-*+>]|[0-9]{1,9}[.)])(?:[ \t]*(?:[-*+>]|[0-9]{1,9}[.)]))*[ \t]*$/gm;
const LINE_MARKS = /^[ \t]*(?:(?:>|[-*+][ \t])[ \t]*)+(?=\S)/gm;
const TASK_BOX = /^((?:\d{1,9}[.)])?[ \t]*)\[([ xX])\](?=[ \t]+\S)/gm;
const EMPHASES = [
  /(?<!\*)(\*{1,3})(?![\s*])([^\n*]+)(?<!\s)\1(?!\*)/g,
  new RegExp(
    `(?<![${WORD_LETTERS}_])(_{1,3})(?![\\s_])([^\\n]+?)(?<![\\s_])\\1(?![${WORD_LETTERS}_])`,
    "gu",
  ),
  /(?<!~)(~{1,2})(?![\s~])([^\n~]+)(?<!\s)\1(?!~)/g,
];
/** What is left of marks and links where a text was cut: their other half is missing. */
const HALF_MARKS =
  /(?<![\w*~`])(?:\*{1,3}|_{1,3}|~~|`+)(?=[^\s*_~`])|(?<=[^\s*_~`])(?:\*{1,3}|_{1,3}|~~|`+)(?![\w*~`])/g;
const HALF_LINK = /!?\[([^[\]]*)\]\([^\s()]*$/;
/** The shortest of the excerpts that the server makes. */
const SHORTEST_CUT = 140;
/** Marks can stand in marks. */
const MOST_NESTED = 3;

/**
 * The words of a text in one line, without Markdown's marks, for places that show no formatting. The
 * text is cut first, so that no pattern has far to look. The server does the same for pushes
 * (`server/push/plain.py`); both are compared with the table in `server/push/plain.json`.
 */
export function withoutMarkdown(markdown: string): string {
  const kept: string[] = [];
  const keep = (piece: string) => String.fromCharCode(FIRST_KEPT + kept.push(piece) - 1);
  const cut = markdown.length >= SHORTEST_CUT || /^\u2026|\u2026$/.test(markdown);
  let text = markdown
    .trimStart()
    .slice(0, MOST_OF_LINE)
    .replace(KEPT_SIGNS, "")
    .replace(FENCED_CODE, (all: string, _, inside: string) => keep(inside.trim() ? inside : all))
    .replace(CODE_SPAN, (_, __, inside: string) => keep(inside.trim()))
    .replace(LABELLED_LINK, (all: string, label: string, framed?: string, bare?: string) => {
      const address = framed || bare || "";
      return SAFE_ADDRESS.test(address) ? label || keep(address) : keep(all);
    })
    .replace(BARE_ADDRESS, (address) => keep(address))
    .replace(SHRUGS, (face) => keep(face))
    .replace(ESCAPED_PAIR, (_, mark: string, inside: string) => keep(mark) + inside + keep(mark))
    .replace(ESCAPED_MARK, (_, mark: string) => keep(mark))
    .replace(ESCAPED_BULLET, (_, before: string, mark: string) => before + keep(mark))
    .replace(BACKSLASHES, (those) => keep(those))
    .replace(LONE_LINES, (line) => keep(line))
    .replace(LINE_MARKS, "")
    .replace(TASK_BOX, (_, before: string, done: string) => before + (done === " " ? "☐" : "☑"));
  for (let times = 0; times < MOST_NESTED; times++) {
    for (const pattern of EMPHASES) text = text.replace(pattern, "$2");
  }
  if (cut) text = text.replace(HALF_MARKS, "").replace(HALF_LINK, "$1");
  // A piece can hold pieces that were kept before it.
  while (kept.length > 0) {
    const piece = kept.pop() ?? "";
    text = text.replace(String.fromCharCode(FIRST_KEPT + kept.length), () => piece);
  }
  return text.replace(/\s+/g, " ").trim();
}
