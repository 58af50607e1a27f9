import CloudOff from "lucide-react/icons/cloud-off";
import { type ReactNode, useEffect, useState } from "react";
import { chat } from "../chat.ts";
import { useValue } from "../lib/value.ts";
import { text } from "../text/index.ts";
import { Button } from "../ui/button.tsx";
import { Spinner } from "../ui/spinner.tsx";
import styles from "./banner.module.css";

/** A start or a short gap is not worth a banner. */
const BANNER_DELAY = 1_500;

/** Shows the state of the connection while there is none, and below it what else is announced. */
export function Banner({ children }: { children?: ReactNode }) {
  const { state, retryAt } = useValue(chat.connection);
  const well = state === "online" || state === "syncing" || state === "signed_out";
  const late = useLate(!well, BANNER_DELAY);
  return (
    <div role="status" className={styles.place}>
      {!well && late && (state === "waiting" ? <Waiting retryAt={retryAt} /> : <Connecting />)}
      {children}
    </div>
  );
}

function Connecting() {
  return (
    <div className={styles.banner}>
      <Spinner />
      {text.connection.connecting}
    </div>
  );
}

function Waiting({ retryAt }: { retryAt: number | null }) {
  const seconds = useSecondsUntil(retryAt);
  const offline = !navigator.onLine;
  return (
    <div className={styles.banner}>
      <CloudOff size={16} aria-hidden="true" />
      {/* Read aloud once, and not each second. */}
      <span aria-hidden={!offline}>
        {offline ? text.connection.offline : text.connection.retryIn(seconds)}
      </span>
      {!offline && <span className="quiet">{text.connection.lost}</span>}
      <Button variant="quiet" size="s" onClick={() => chat.retryNow()}>
        {text.connection.retryNow}
      </Button>
    </div>
  );
}

/** Whether something has been true for `ms`. */
function useLate(so: boolean, ms: number): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!so) return;
    const timer = setTimeout(setLate, ms, true);
    return () => {
      clearTimeout(timer);
      setLate(false);
    };
  }, [so, ms]);
  return late;
}

function useSecondsUntil(at: number | null): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return Math.max(1, Math.ceil(((at ?? now) - now) / 1000));
}
