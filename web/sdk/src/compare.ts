/** The order of two texts by their code units, as `sort` wants it. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
