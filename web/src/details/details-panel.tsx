import { chat } from "../chat.ts";
import { PanelPane } from "../layout/pane.tsx";
import { useValue } from "../lib/value.ts";
import { PersonCard } from "../people/person.tsx";
import { detailsText } from "../text/details.ts";
import styles from "./details.module.css";
import { GroupDetails } from "./group-details.tsx";
import { NotifySection } from "./notify-section.tsx";
import { SharedFiles } from "./shared-files.tsx";

/** The panel beside a room: what the room is, its members, and what the user can do with it. */
export function DetailsPanel({ roomId }: { roomId: string | null }) {
  if (roomId === null) return null;
  return <Details key={roomId} roomId={roomId} />;
}

function Details({ roomId }: { roomId: string }) {
  const room = useValue(chat.room(roomId).info);
  if (!room) return null;
  return (
    <PanelPane title={detailsText.title}>
      <div className={styles.panel}>
        {room.peer ? (
          <>
            <PersonCard user={room.peer} />
            {!room.peer.deleted && <NotifySection room={room} />}
            <SharedFiles roomId={room.id} />
          </>
        ) : (
          <GroupDetails room={room} />
        )}
      </div>
    </PanelPane>
  );
}
