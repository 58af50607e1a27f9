import { useState } from "react";
import { text } from "../text/index.ts";
import styles from "./avatar.module.css";
import { cx } from "./cx.ts";

export interface AvatarProps {
  /**
   * The id of the user or room. It determines the colour, which is the same everywhere and never
   * changes.
   */
  id: string;
  name: string;
  url: string | null | undefined;
  /** In pixels. */
  size?: 20 | 24 | 32 | 40 | 48 | 64 | 96 | undefined;
  presence?: "online" | "away" | "offline" | null | undefined;
  /** Square for a room, round for a person. */
  square?: boolean | undefined;
}

/**
 * A picture, or the initials on a colour. The name is always shown beside it, so screen readers
 * hear only the presence.
 */
export function Avatar({ id, name, url, size = 40, presence, square }: AvatarProps) {
  const [broken, setBroken] = useState<string | null>(null);
  const hue = styles[`hue${hash(id) % 8}`];
  return (
    <span
      className={cx(styles.avatar, square && styles.square)}
      style={{ inlineSize: size, blockSize: size, fontSize: size * 0.4 }}
    >
      {url && url !== broken ? (
        <img src={url} alt="" decoding="async" loading="lazy" onError={() => setBroken(url)} />
      ) : (
        <span aria-hidden="true" className={cx(styles.initials, hue)}>
          {initials(name)}
        </span>
      )}
      {presence && presence !== "offline" && (
        <span className={cx(styles.dot, styles[presence])}>
          <span className="quiet">{text.presence[presence]}</span>
        </span>
      )}
    </span>
  );
}

/**
 * The initials of the first and the last word, or of a single word, as whole characters in any
 * script.
 */
function initials(name: string): string {
  const words = name.trim().split(/\s+/u).filter(Boolean);
  const picked = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return picked
    .map((word) => [...(word ?? "")][0] ?? "")
    .join("")
    .toLocaleUpperCase();
}

function hash(id: string): number {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) >>> 0;
  return sum;
}
