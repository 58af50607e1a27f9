import X from "lucide-react/icons/x";
import { dropToast, toasts } from "../lib/toasts.ts";
import { useValue } from "../lib/value.ts";
import { text } from "../text/index.ts";
import { Button, IconButton } from "./button.tsx";
import { cx } from "./cx.ts";
import { Isolated } from "./isolated.tsx";
import styles from "./toast.module.css";

/**
 * Where toasts appear and are announced. It must be on the page once, from the start, because a
 * live region has to exist before it can announce something.
 */
export function Toasts() {
  const shown = useValue(toasts).slice(-1);
  return (
    <div role="status" className={styles.toasts}>
      {shown.map((one) => (
        <div key={one.id} className={cx(styles.toast, styles[one.kind])}>
          <span className={styles.message}>
            <Isolated>{one.message}</Isolated>
          </span>
          {one.action && (
            <Button
              variant="quiet"
              size="s"
              onClick={() => {
                dropToast(one.id);
                one.action?.run();
              }}
            >
              {one.action.label}
            </Button>
          )}
          <IconButton
            label={text.act.close}
            icon={<X size={16} />}
            size="s"
            tip="none"
            onClick={() => dropToast(one.id)}
          />
        </div>
      ))}
    </div>
  );
}
