import CloudOff from "lucide-react/icons/cloud-off";
import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import { Boundary } from "./layout/boundary.tsx";
import { type Route, useRoute } from "./lib/router.tsx";
import { serverConfig } from "./lib/server.ts";
import { useValue } from "./lib/value.ts";
import {
  askToSignIn,
  continueAfterSignIn,
  restoreSession,
  type SessionState,
  sessionState,
} from "./session.ts";
import { text } from "./text/index.ts";
import { Button } from "./ui/button.tsx";
import { EmptyState } from "./ui/empty.tsx";
import { Spinner } from "./ui/spinner.tsx";
import { Toasts } from "./ui/toast.tsx";

/** The code that only signed-in users need. It is loaded while somebody signs in. */
export const loadHome = () => import("./home.tsx");
const Home = lazy(() => loadHome().then(({ Home }) => ({ default: Home })));

/** Signed-in users never see these screens, so they are loaded separately. */
export const loadAccount = () => import("./account/screens.tsx");
const AccountScreen = lazy(() =>
  loadAccount().then(({ AccountScreen }) => ({ default: AccountScreen })),
);
/** Screens of links in mails, for signed-in and signed-out users. */
const MAILED = new Set<Route["name"]>(["reset", "verify", "undoEmail"]);
const OUTSIDE = new Set<Route["name"]>(["signIn", "signUp", "forgot"]);
/** Screens for signed-out users that signed-in ones see in the app. */
const BOTH = new Set<Route["name"]>(["invite"]);

export function App() {
  const route = useRoute();
  const state = useValue(sessionState);
  const server = useValue(serverConfig);
  if (server?.origin_allowed === false) return <WrongAddress url={server.public_url} />;
  return (
    <>
      <Boundary about={route}>
        <Suspense fallback={<Starting />}>{screen(route, state)}</Suspense>
      </Boundary>
      <Toasts />
    </>
  );
}

function screen(route: Route, state: SessionState): ReactNode {
  const account = <AccountScreen route={route} />;
  if (MAILED.has(route.name)) return account;
  if (state === "starting") return <Starting />;
  if (state === "unreachable") return <Unreachable />;
  const outside = OUTSIDE.has(route.name);
  if (state === "out") {
    return outside || BOTH.has(route.name) ? account : <Go to={askToSignIn} />;
  }
  return outside ? <Go to={continueAfterSignIn} /> : <Home />;
}

/** Redirects to another screen. */
function Go({ to }: { to: () => void }) {
  useEffect(to, [to]);
  return null;
}

/** Shows nothing at first. If the start takes long enough to be noticed, a spinner appears. */
function Starting() {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(setLate, 400, true);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="centred">{late && <Spinner size="l" label={text.connection.connecting} />}</div>
  );
}

/** The page was opened at an address at which nobody can sign in. */
function WrongAddress({ url }: { url: string }) {
  const words = text.failure;
  return (
    <EmptyState
      icon={<CloudOff size={28} />}
      title={words.wrongAddress}
      action={<a href={url}>{words.openThere}</a>}
    >
      {words.wrongAddressHint(url, location.origin)}
    </EmptyState>
  );
}

const RETRY = 5_000;

function Unreachable() {
  useEffect(() => {
    const timer = setInterval(() => void restoreSession(), RETRY);
    return () => clearInterval(timer);
  }, []);
  const action = <Button onClick={() => void restoreSession()}>{text.act.retry}</Button>;
  const title = navigator.onLine ? text.errors.unavailable : text.errors.offline;
  return (
    <main className="centred">
      <title>{text.app.name}</title>
      <EmptyState level={1} icon={<CloudOff size={28} />} title={title} action={action} />
    </main>
  );
}
