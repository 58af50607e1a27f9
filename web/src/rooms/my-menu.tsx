import Keyboard from "lucide-react/icons/keyboard";
import LogOut from "lucide-react/icons/log-out";
import Settings from "lucide-react/icons/settings";
import { chat } from "../chat.ts";
import { listed } from "../keys/use-shortcuts.ts";
import { attempt } from "../lib/attempt.ts";
import { navigate, paths } from "../lib/router.tsx";
import { useValue } from "../lib/value.ts";
import { text } from "../text/index.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Menu, MenuItem, MenuLine } from "../ui/menu.tsx";
import styles from "./my-menu.module.css";

/** Where there is a mouse, there is a keyboard. */
const hasKeys = matchMedia("(pointer: fine)");

/** One's own picture, and behind it what is about oneself. */
export function MyMenu() {
  const me = useValue(chat.account);
  if (!me) return null;
  const trigger = (
    <button type="button" className={styles.trigger} aria-label={text.rooms.menu}>
      <Avatar id={me.id} name={me.display_name} url={me.avatar_url} size={32} />
    </button>
  );
  return (
    <Menu trigger={trigger} label={text.rooms.menu}>
      <div className={styles.me}>
        <bdi className={styles.name}>{me.display_name}</bdi>
        <bdi className={styles.username}>@{me.username}</bdi>
      </div>
      <MenuLine />
      <MenuItem icon={<Settings size={16} />} onSelect={() => navigate(paths.settings())}>
        {text.settings.title}
      </MenuItem>
      {hasKeys.matches && (
        <MenuItem icon={<Keyboard size={16} />} onSelect={() => listed.set(true)}>
          {text.keys.title}
        </MenuItem>
      )}
      <MenuItem icon={<LogOut size={16} />} onSelect={() => void attempt(() => chat.signOut())}>
        {text.account.signOut}
      </MenuItem>
    </Menu>
  );
}
