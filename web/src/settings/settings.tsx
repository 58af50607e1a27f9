import Bell from "lucide-react/icons/bell";
import KeyRound from "lucide-react/icons/key-round";
import MonitorSmartphone from "lucide-react/icons/monitor-smartphone";
import Palette from "lucide-react/icons/palette";
import ShieldUser from "lucide-react/icons/shield-user";
import UserRound from "lucide-react/icons/user-round";
import type { ComponentType } from "react";
import { Pane } from "../layout/pane.tsx";
import { leaveSettings, navigate, paths } from "../lib/router.tsx";
import { settingsText } from "../text/settings.ts";
import { Row } from "../ui/row.tsx";
import { AccountSection } from "./account-section.tsx";
import { AppearanceSection } from "./appearance-section.tsx";
import { NotificationsSection } from "./notifications-section.tsx";
import { PrivacySection } from "./privacy-section.tsx";
import { ProfileSection } from "./profile-section.tsx";
import { SessionsSection } from "./sessions-section.tsx";
import styles from "./settings.module.css";

const SECTIONS = {
  profile: { icon: UserRound, show: ProfileSection },
  account: { icon: KeyRound, show: AccountSection },
  sessions: { icon: MonitorSmartphone, show: SessionsSection },
  notifications: { icon: Bell, show: NotificationsSection },
  appearance: { icon: Palette, show: AppearanceSection },
  privacy: { icon: ShieldUser, show: PrivacySection },
} satisfies Record<string, { icon: typeof Bell; show: ComponentType }>;
type Section = keyof typeof SECTIONS;
const NAMES = Object.keys(SECTIONS) as Section[];

interface SettingsProps {
  /**
   * From the address. When it is null, the first section is shown, or on phones the list of
   * sections.
   */
  section: string | null;
}

export function Settings({ section }: SettingsProps) {
  const chosen = NAMES.find((name) => name === section) ?? null;
  const shown = chosen ?? "profile";
  const Shown = SECTIONS[shown].show;
  return (
    <div className={styles.settings} data-chosen={chosen !== null}>
      <div className={styles.sections}>
        <Pane title={settingsText.title} onBack={leaveSettings}>
          <ul className={styles.list}>
            {NAMES.map((name) => (
              <li key={name}>
                <SectionLink name={name} current={name === shown} />
              </li>
            ))}
          </ul>
        </Pane>
      </div>
      <div className={styles.section}>
        <Pane
          title={settingsText.sections[shown]}
          onBack={() => navigate(paths.settings(), { replace: true })}
        >
          <div className={styles.body}>
            <Shown />
          </div>
        </Pane>
      </div>
    </div>
  );
}

function SectionLink({ name, current }: { name: Section; current: boolean }) {
  const Icon = SECTIONS[name].icon;
  return (
    <Row
      href={paths.settings(name)}
      current={current}
      start={<Icon size={18} aria-hidden="true" />}
      title={settingsText.sections[name]}
    />
  );
}
