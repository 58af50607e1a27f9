import Keyboard from "lucide-react/icons/keyboard";
import LogOut from "lucide-react/icons/log-out";
import Settings from "lucide-react/icons/settings";
import type { Me } from "realtime-chat-sdk";
import { shortcutsShown } from "../keys/use-shortcuts.ts";
import { navigate, paths } from "../lib/router.tsx";
import { accountText } from "../text/account.ts";
import { text } from "../text/index.ts";
import { settingsText } from "../text/settings.ts";
import { MenuAt, MenuItem, MenuLine } from "../ui/menu.tsx";
import styles from "./about-me.module.css";

/** Devices with a mouse have a keyboard. */
const hasKeys = matchMedia("(pointer: fine)");

interface AboutMeProps {
  me: Me;
  anchor: Element;
  onClose: () => void;
  onSignOut: () => void;
}

/** The menu of the signed-in user. */
export function AboutMe({ me, anchor, onClose, onSignOut }: AboutMeProps) {
  return (
    <MenuAt anchor={anchor} label={text.rooms.menu} onClose={onClose}>
      <div className={styles.me}>
        <bdi className={styles.name}>{me.display_name}</bdi>
        <bdi className={styles.username}>@{me.username}</bdi>
      </div>
      <MenuLine />
      <MenuItem icon={<Settings size={16} />} onSelect={() => navigate(paths.settings())}>
        {settingsText.title}
      </MenuItem>
      {hasKeys.matches && (
        <MenuItem icon={<Keyboard size={16} />} onSelect={() => shortcutsShown.set(true)}>
          {text.keys.title}
        </MenuItem>
      )}
      <MenuItem icon={<LogOut size={16} />} onSelect={onSignOut}>
        {accountText.signOut}
      </MenuItem>
    </MenuAt>
  );
}
