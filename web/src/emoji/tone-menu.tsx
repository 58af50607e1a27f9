import { emojiText } from "../text/emoji.ts";
import { Menu, MenuItem } from "../ui/menu.tsx";
import styles from "./emoji.module.css";
import { inTone, SKIN_TONES, type Tone } from "./tones.ts";

/** What shows a tone. */
const HAND = { emoji: "👋", light: "👋🏻" };

interface ToneMenuProps {
  tone: Tone;
  onChoose: (tone: Tone) => void;
}

/** The skin tone of all emoji that show skin. */
export function ToneMenu({ tone, onChoose }: ToneMenuProps) {
  const name = (each: Tone) => emojiText.tones[SKIN_TONES.indexOf(each)] ?? "";
  return (
    <Menu
      label={emojiText.chooseTone}
      align="end"
      trigger={
        <button
          type="button"
          className={styles.tone}
          aria-label={emojiText.tone(name(tone))}
          title={emojiText.tone(name(tone))}
        >
          {inTone(HAND, tone)}
        </button>
      }
    >
      {SKIN_TONES.map((each) => (
        <MenuItem
          key={each}
          checked={each === tone}
          icon={
            <span aria-hidden="true" className={styles.hand}>
              {inTone(HAND, each)}
            </span>
          }
          onSelect={() => onChoose(each)}
        >
          {name(each)}
        </MenuItem>
      ))}
    </Menu>
  );
}
