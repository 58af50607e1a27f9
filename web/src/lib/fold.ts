/**
 * The form in which names are compared while one types: without case, accents, and how letters are
 * composed. The server compares in the same way (`server/kernel/folding.py`); here it is enough to
 * tell the beginnings of names apart.
 */
const LETTERS: Readonly<Record<string, string>> = {
  ...{ ß: "ss", æ: "ae", œ: "oe", þ: "th", ø: "o", ł: "l", đ: "d", ð: "d", ħ: "h", ı: "i" },
  ...{ ŋ: "n", ŧ: "t", ĸ: "k", ə: "e", ς: "σ" },
};
const SPECIAL = new RegExp(`[${Object.keys(LETTERS).join("")}]`, "gu");
/** The two marks of kana make other letters. */
const LEFT_OUT = /(?![\u3099\u309a])[\p{Mn}\p{Me}\p{Default_Ignorable_Code_Point}]/gu;

export function fold(text: string): string {
  return text
    .normalize("NFKD")
    .replace(LEFT_OUT, "")
    .toLowerCase()
    .replace(SPECIAL, (letter) => LETTERS[letter] ?? letter)
    .normalize("NFKC");
}
