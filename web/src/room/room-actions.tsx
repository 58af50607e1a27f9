import PanelRight from "lucide-react/icons/panel-right";
import Pin from "lucide-react/icons/pin";
import Search from "lucide-react/icons/search";
import { closePanel, openPanel, usePanel } from "../lib/router.tsx";
import { text } from "../text/index.ts";
import { IconButton } from "../ui/button.tsx";
import styles from "./room.module.css";

const BUTTONS = [
  { name: "search", label: text.room.search, icon: <Search size={20} /> },
  { name: "pins", label: text.room.pins, icon: <Pin size={20} /> },
  { name: "details", label: text.room.details, icon: <PanelRight size={20} className="flip" /> },
] as const;

/** The buttons of the panels beside the room. */
export function RoomActions() {
  const panel = usePanel();
  return BUTTONS.map(({ name, label, icon }) => (
    <IconButton
      key={name}
      className={styles[name]}
      label={label}
      icon={icon}
      aria-pressed={panel === name}
      onClick={() => (panel === name ? closePanel() : openPanel(name))}
    />
  ));
}
