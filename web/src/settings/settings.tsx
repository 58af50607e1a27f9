import { MainPane } from "../layout/pane.tsx";
import { text } from "../text/index.ts";

interface SettingsProps {
  /** From the address; null: the first one, or on phones the list of sections. */
  section: string | null;
}

export function Settings({ section }: SettingsProps) {
  return <MainPane title={text.layout.details}>{section}</MainPane>;
}
