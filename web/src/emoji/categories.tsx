import Apple from "lucide-react/icons/apple";
import Car from "lucide-react/icons/car";
import Clock3 from "lucide-react/icons/clock-3";
import Smile from "lucide-react/icons/face-slightly-smiling";
import Flag from "lucide-react/icons/flag";
import Hand from "lucide-react/icons/hand";
import Hash from "lucide-react/icons/hash";
import Leaf from "lucide-react/icons/leaf";
import Lightbulb from "lucide-react/icons/lightbulb";
import Trophy from "lucide-react/icons/trophy";
import type { KeyboardEvent } from "react";
import { emojiText } from "../text/emoji.ts";
import styles from "./emoji.module.css";

export const RECENT = "recent";

const CATEGORY_ICONS: Readonly<Record<string, typeof Clock3>> = {
  [RECENT]: Clock3,
  "smileys-emotion": Smile,
  "people-body": Hand,
  "animals-nature": Leaf,
  "food-drink": Apple,
  "travel-places": Car,
  activities: Trophy,
  objects: Lightbulb,
  symbols: Hash,
  flags: Flag,
};
const CATEGORY_NAMES: Readonly<Record<string, string>> = emojiText.named;

export const categoryName = (category: string): string =>
  category === RECENT ? emojiText.recent : (CATEGORY_NAMES[category] ?? category);

interface CategoriesProps {
  categories: readonly string[];
  /** The one whose emoji are in sight; null while a search is shown. */
  current: string | null;
  /** The id of the list of emoji. */
  listId: string;
  onChoose: (category: string) => void;
}

/** Tabs that lead through the list. The Tab key stops once; arrows move between them. */
export function Categories({ categories, current, listId, onChoose }: CategoriesProps) {
  const reachable = current ?? categories[0];
  function keys(event: KeyboardEvent<HTMLElement>) {
    const rtl = getComputedStyle(event.currentTarget).direction === "rtl";
    const tabs = [...event.currentTarget.querySelectorAll("button")];
    const now = tabs.indexOf(document.activeElement as HTMLButtonElement);
    const to = {
      ArrowRight: now + (rtl ? -1 : 1),
      ArrowLeft: now + (rtl ? 1 : -1),
      Home: 0,
      End: tabs.length - 1,
    }[event.key];
    const tab = to === undefined ? undefined : tabs[(to + tabs.length) % tabs.length];
    if (!tab) return;
    event.preventDefault();
    tab.focus();
    onChoose(tab.value);
  }
  return (
    <div
      role="tablist"
      aria-label={emojiText.categories}
      className={styles.categories}
      onKeyDown={keys}
    >
      {categories.map((category) => {
        const Icon = CATEGORY_ICONS[category] ?? Hash;
        return (
          <button
            key={category}
            type="button"
            role="tab"
            value={category}
            aria-label={categoryName(category)}
            title={categoryName(category)}
            aria-selected={category === current}
            aria-controls={listId}
            tabIndex={category === reachable ? 0 : -1}
            onClick={() => onChoose(category)}
          >
            <Icon size={18} />
          </button>
        );
      })}
    </div>
  );
}
