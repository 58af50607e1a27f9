import CloudOff from "lucide-react/icons/cloud-off";
import Ticket from "lucide-react/icons/ticket";
import type { ReactNode } from "react";
import type { Preview } from "realtime-chat-sdk";
import { plural } from "../text/format.ts";
import { text } from "../text/index.ts";
import { invitesText } from "../text/invites.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button } from "../ui/button.tsx";
import { EmptyState } from "../ui/empty.tsx";
import { Spinner } from "../ui/spinner.tsx";
import styles from "./invitation.module.css";
import type { InvitationState } from "./use-invitation.ts";

interface InvitationProps {
  state: InvitationState;
  onRetry: () => void;
  /** What can be done with an invitation that works. */
  children: (preview: Preview) => ReactNode;
  /** What can be done where the invitation does not work any more. */
  otherwise?: ReactNode;
}

/** An invitation: the group, who is in it, and who invites; or why it cannot be shown. */
export function Invitation({ state, onRetry, children, otherwise }: InvitationProps) {
  if (state.name === "ready") {
    return <InvitedGroup preview={state.preview}>{children(state.preview)}</InvitedGroup>;
  }
  if (state.name === "loading") {
    return (
      <div className="centred">
        <Spinner size="l" label={text.connection.connecting} />
      </div>
    );
  }
  if (state.name === "gone") {
    return (
      <EmptyState icon={<Ticket size={28} />} title={invitesText.gone} action={otherwise}>
        {invitesText.goneHint}
      </EmptyState>
    );
  }
  const reason = state.name === "failed" ? state.reason : null;
  const retry = <Button onClick={onRetry}>{text.act.retry}</Button>;
  return (
    <EmptyState icon={<CloudOff size={28} />} title={reason ?? invitesText.offline} action={retry}>
      {reason === null && invitesText.offlineHint}
    </EmptyState>
  );
}

function InvitedGroup({ preview, children }: { preview: Preview; children: ReactNode }) {
  const { room, inviter, members } = preview;
  return (
    <div className={styles.invitation}>
      {inviter && (
        <p className={styles.inviter}>
          <Avatar id={inviter.id} name={inviter.display_name} url={inviter.avatar_url} size={24} />
          <span>
            <bdi>{inviter.display_name}</bdi> {invitesText.by}
          </span>
        </p>
      )}
      <Avatar square id={room.id} name={room.name ?? ""} url={room.avatar_url} size={96} />
      <h2 className={styles.name}>
        <bdi>{room.name}</bdi>
      </h2>
      <div className={styles.members}>
        <ul className={styles.faces}>
          {members.map(({ id, display_name, avatar_url }) => (
            <li key={id} title={display_name}>
              <Avatar id={id} name={display_name} url={avatar_url} size={32} />
              <span className="quiet">{display_name}</span>
            </li>
          ))}
        </ul>
        <span>{plural(room.member_count, text.rooms.members)}</span>
      </div>
      {room.topic && (
        <p className={styles.topic} dir="auto">
          {room.topic}
        </p>
      )}
      <div className={styles.ways}>{children}</div>
    </div>
  );
}
