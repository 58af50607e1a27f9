import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Message, Room } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { Composer } from "../composer/composer.tsx";
import { readDraft, setDraft } from "../composer/drafts.ts";
import { DropZone } from "../composer/drop-zone.tsx";
import { MainPane } from "../layout/pane.tsx";
import { useOffline } from "../layout/use-offline.ts";
import { attempt } from "../lib/attempt.ts";
import { openPanel, type Route } from "../lib/router.tsx";
import { useValue } from "../lib/value.ts";
import { mayInRoom } from "../rooms/may.ts";
import { RoomAvatar } from "../rooms/room-avatar.tsx";
import { roomName } from "../rooms/summary.ts";
import { text } from "../text/index.ts";
import { showsFaces } from "../timeline/read-receipts.ts";
import { TimelineSkeleton } from "../timeline/skeleton.tsx";
import { TimelineView } from "../timeline/timeline.tsx";
import type { Jump } from "../timeline/use-keeper.ts";
import { Skeleton } from "../ui/spinner.tsx";
import { type About, type RoomScope, RoomScopeProvider } from "./context.ts";
import styles from "./room.module.css";
import { RoomActions } from "./room-actions.tsx";
import { RoomStatus } from "./room-status.tsx";
import { useOpened } from "./use-opened.ts";

const NoRoom = lazy(() => import("./no-room.tsx").then(({ NoRoom }) => ({ default: NoRoom })));
const WhoReacted = lazy(() =>
  import("../timeline/who-reacted.tsx").then(({ WhoReacted }) => ({ default: WhoReacted })),
);
const Confirm = lazy(() =>
  import("../ui/confirm.tsx").then(({ Confirm }) => ({ default: Confirm })),
);

interface RoomViewProps {
  /** The message to show, once for each object; null to continue where reading stopped. */
  route: Extract<Route, { name: "room" }>;
}

/** A room: its header, timeline and composer. */
export function RoomView({ route }: RoomViewProps) {
  const handle = chat.room(route.id);
  const room = useValue(handle.info);
  const departure = useValue(handle.departure);
  const { opened, missing } = useOpened(handle);
  const offline = useOffline();
  if (room) return <OpenRoom room={room} route={route} opened={opened} />;
  if (!departure && !missing && !offline) return <LoadingRoom />;
  return (
    <Suspense fallback={<LoadingRoom />}>
      <NoRoom roomId={route.id} departure={departure} missing={missing} />
    </Suspense>
  );
}

function LoadingRoom() {
  return (
    <MainPane title={text.layout.room} start={<Skeleton round width={40} height={40} />}>
      <div className={styles.loading}>
        <TimelineSkeleton />
      </div>
    </MainPane>
  );
}

interface OpenRoomProps extends RoomViewProps {
  room: Room;
  /** The messages that the user wants to see first are there, or could not be loaded. */
  opened: boolean;
}

function OpenRoom({ room, route, opened }: OpenRoomProps) {
  const { seq } = route;
  const [about, setAbout] = useAbout(room.id);
  const [removing, setRemoving] = useState<Message | null>(null);
  const [reactionsOf, setReactionsOf] = useState<number | null>(null);
  const [jump, setJump] = useState<Jump | null>(seq === null ? null : { seq });
  const field = useRef<HTMLTextAreaElement>(null);
  const handle = chat.room(room.id);
  useEffect(() => {
    if (route.seq !== null) setJump({ seq: route.seq });
  }, [route]);
  const tasks = useMemo(
    () => ({
      reply: (message: Message) => setAbout({ what: "reply", seq: message.seq }),
      edit: ({ seq, text }: Message) => setAbout({ what: "edit", seq, text }),
      remove: setRemoving,
      showReactions: setReactionsOf,
      jumpTo: (to: number) => setJump({ seq: to }),
    }),
    [setAbout],
  );
  const scope = useScope(room, tasks);
  return (
    <RoomScopeProvider value={scope}>
      <DropZone room={room}>
        <MainPane
          start={<RoomAvatar room={room} size={40} />}
          title={<bdi className="cut">{roomName(room)}</bdi>}
          subtitle={<RoomStatus room={room} />}
          onTitle={() => openPanel("details")}
          actions={<RoomActions />}
        >
          <div className={styles.room}>
            <TimelineView
              room={room}
              opened={opened}
              jump={jump}
              onLeave={() => field.current?.focus()}
            />
            <Composer key={room.id} ref={field} room={room} about={about} onAbout={setAbout} />
          </div>
        </MainPane>
      </DropZone>
      {reactionsOf !== null && (
        <Suspense>
          <WhoReacted seq={reactionsOf} onClose={() => setReactionsOf(null)} />
        </Suspense>
      )}
      {removing && (
        <Suspense>
          <Confirm
            title={text.room.message.deleteTitle}
            action={text.act.delete}
            onClose={() => setRemoving(null)}
            onConfirm={async () => void (await attempt(() => handle.delete(removing.seq)))}
          >
            {text.room.message.deleteLead}
          </Confirm>
        </Suspense>
      )}
    </RoomScopeProvider>
  );
}

/** The composer keeps the reply that was begun, even if another room was open meanwhile. */
function useAbout(roomId: string) {
  const [about, setAbout] = useState<About | null>(() => {
    const seq = readDraft(roomId).replyTo;
    return seq === null ? null : { what: "reply", seq };
  });
  const set = useCallback(
    (next: About | null) => {
      setAbout(next);
      setDraft(roomId, { replyTo: next?.what === "reply" ? next.seq : null });
    },
    [roomId],
  );
  return [about, set] as const;
}

function useScope(room: Room, tasks: RoomScope["tasks"]): RoomScope {
  const myId = useValue(chat.account)?.id ?? "";
  const { id, kind } = room;
  const countsReaders = kind === "group" && !showsFaces(room);
  const inside = room.me !== null;
  const { pin: mayPin, deleteOthers: mayDeleteOthers } = mayInRoom(room);
  return useMemo(
    () => ({
      handle: chat.room(id),
      ...{ kind, myId, countsReaders, inside, mayPin, mayDeleteOthers, tasks },
    }),
    [id, kind, myId, countsReaders, inside, mayPin, mayDeleteOthers, tasks],
  );
}
