import SearchX from "lucide-react/icons/search-x";
import { lazy, type ReactNode, Suspense } from "react";
import { shortcutsShown, useShortcuts } from "./keys/use-shortcuts.ts";
import { Banner } from "./layout/banner.tsx";
import { Boundary } from "./layout/boundary.tsx";
import { Shell } from "./layout/shell.tsx";
import { navigate, type Route, usePanel, useRoute } from "./lib/router.tsx";
import { useValue } from "./lib/value.ts";
import { panels } from "./panels/index.tsx";
import { notificationsOffered } from "./push/offered.ts";
import { RoomView } from "./room/room-view.tsx";
import { Title } from "./rooms/title.tsx";
import { RoomList } from "./sidebar/room-list.tsx";
import { text } from "./text/index.ts";
import { Button } from "./ui/button.tsx";
import { EmptyState } from "./ui/empty.tsx";

const Settings = lazy(() =>
  import("./settings/settings.tsx").then(({ Settings }) => ({ default: Settings })),
);
const InvitePage = lazy(() =>
  import("./people/invite-page.tsx").then(({ InvitePage }) => ({ default: InvitePage })),
);
const NothingOpen = lazy(() =>
  import("./sidebar/nothing-open.tsx").then(({ NothingOpen }) => ({ default: NothingOpen })),
);
const OfferBar = lazy(() =>
  import("./push/offer-bar.tsx").then(({ OfferBar }) => ({ default: OfferBar })),
);
const ShortcutsDialog = lazy(() =>
  import("./keys/shortcuts-dialog.tsx").then(({ ShortcutsDialog }) => ({
    default: ShortcutsDialog,
  })),
);

/** The app for signed-in users. */
export function Home() {
  const route = useRoute();
  const panel = usePanel();
  const roomId = route.name === "room" ? route.id : null;
  const Panel = panel === null ? undefined : panels[panel];
  const keysListed = useValue(shortcutsShown);
  const offered = useValue(notificationsOffered);
  useShortcuts(roomId);
  return (
    <Shell
      banner={
        <>
          <Title roomId={roomId} />
          <Banner>
            {offered && (
              <Suspense>
                <OfferBar />
              </Suspense>
            )}
          </Banner>
          {keysListed && (
            <Suspense>
              <ShortcutsDialog onClose={() => shortcutsShown.set(false)} />
            </Suspense>
          )}
        </>
      }
      sidebar={
        <Boundary>
          <RoomList openId={roomId} />
        </Boundary>
      }
      main={
        <Boundary about={route}>
          <Suspense>{main(route)}</Suspense>
        </Boundary>
      }
      panel={
        Panel && (
          <Boundary about={panel}>
            <Suspense>
              <Panel roomId={roomId} />
            </Suspense>
          </Boundary>
        )
      }
      open={route.name !== "home"}
    />
  );
}

function main(route: Route): ReactNode {
  if (route.name === "room") return <RoomView key={route.id} route={route} />;
  if (route.name === "settings") return <Settings section={route.section} />;
  if (route.name === "invite") return <InvitePage code={route.code} />;
  if (route.name === "home") return <NothingOpen />;
  const home = (
    <Button onClick={() => navigate("/", { replace: true })}>{text.failure.home}</Button>
  );
  return (
    <EmptyState level={1} icon={<SearchX size={28} />} title={text.failure.notFound} action={home}>
      {text.failure.notFoundHint}
    </EmptyState>
  );
}
