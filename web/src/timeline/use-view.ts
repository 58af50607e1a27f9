import {
  type MouseEvent,
  type PointerEvent,
  type RefObject,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import {
  axisOf,
  bounded,
  closeUp,
  type Place,
  pinched,
  type Swipe,
  scaled,
  swipeOf,
  TREMBLING,
  type View,
  WHOLE,
} from "./view.ts";

interface Touch {
  readonly view: View;
  readonly from: ReadonlyMap<number, Place>;
  readonly to: Map<number, Place>;
}

/**
 * Moves and enlarges the picture in a stage: by one finger, by two, by the wheel of a mouse, and by
 * presses. A whole picture is swiped away, to another one or to be closed.
 */
export function useView(
  stage: RefObject<HTMLElement | null>,
  onSwipe: (swipe: Exclude<Swipe, null>) => void,
) {
  const [zoomed, setZoomed] = useState(false);
  const live = useRef({ view: WHOLE, touch: null as Touch | null, moved: false });
  const act = useMemo(() => {
    const picture = () => stage.current?.querySelector("img") ?? null;
    function show(view: View, { smooth = true, pulled = 0 } = {}) {
      const image = picture();
      if (!image || !stage.current) return;
      image.style.transition = smooth ? "" : "none";
      image.style.transform =
        view === WHOLE ? "" : `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
      stage.current.style.opacity = pulled > 0 ? String(Math.max(1 - pulled / 400, 0.3)) : "";
    }
    function settle(view: View, smooth = true) {
      const box = stage.current;
      const image = picture();
      if (!box || !image) return;
      const shown = { width: image.offsetWidth, height: image.offsetHeight };
      const within = { width: box.clientWidth, height: box.clientHeight };
      live.current.view = view.scale > 1.02 ? bounded(view, shown, within) : WHOLE;
      setZoomed(live.current.view !== WHOLE);
      show(live.current.view, { smooth });
    }
    /** Places are counted from the middle of the stage, where the picture is. */
    function place({ clientX, clientY }: { clientX: number; clientY: number }): Place {
      const box = stage.current?.getBoundingClientRect() ?? new DOMRect();
      return { x: clientX - box.x - box.width / 2, y: clientY - box.y - box.height / 2 };
    }
    function zoom(closer: boolean, at: Place = { x: 0, y: 0 }) {
      const image = picture();
      if (!image) return;
      const natural = { width: image.naturalWidth, height: image.naturalHeight };
      const shown = { width: image.offsetWidth, height: image.offsetHeight };
      settle(closer ? scaled(live.current.view, closeUp(natural, shown), at) : WHOLE);
    }
    return { show, settle, place, zoom };
  }, [stage]);

  useEffect(() => {
    const box = stage.current;
    // A listener of React could not keep the page itself from being enlarged.
    function turn(event: WheelEvent) {
      event.preventDefault();
      const { view } = live.current;
      const { deltaX, deltaY, ctrlKey } = event;
      if (ctrlKey)
        act.settle(scaled(view, view.scale * 2 ** (-deltaY / 100), act.place(event)), false);
      else act.settle({ ...view, x: view.x - deltaX, y: view.y - deltaY }, false);
    }
    box?.addEventListener("wheel", turn, { passive: false });
    return () => box?.removeEventListener("wheel", turn);
  }, [stage, act]);

  /** Fingers that come or go begin a new movement, from where the picture is. */
  function begin(to: Map<number, Place>) {
    live.current.touch = to.size ? { view: live.current.view, from: new Map(to), to } : null;
  }
  function moved({ from, to }: Touch): Place {
    const [[id, at] = [0, { x: 0, y: 0 }]] = to;
    const start = from.get(id) ?? at;
    return { x: at.x - start.x, y: at.y - start.y };
  }
  const handlers = {
    onPointerDown(event: PointerEvent) {
      if (event.button > 0) return;
      const to = live.current.touch?.to ?? new Map();
      if (to.size === 0) live.current.moved = false;
      begin(to.set(event.pointerId, act.place(event)));
    },
    onPointerMove(event: PointerEvent) {
      const { touch } = live.current;
      if (!touch?.to.has(event.pointerId)) return;
      touch.to.set(event.pointerId, act.place(event));
      const by = moved(touch);
      if (touch.to.size > 1 || Math.hypot(by.x, by.y) > TREMBLING) live.current.moved = true;
      if (touch.to.size > 1) {
        live.current.view = pinched(touch.view, [...touch.from.values()], [...touch.to.values()]);
        act.show(live.current.view, { smooth: false });
      } else if (touch.view !== WHOLE) {
        act.settle({ ...touch.view, x: touch.view.x + by.x, y: touch.view.y + by.y }, false);
      } else if (event.pointerType !== "mouse") {
        const axis = axisOf(by);
        const view = { scale: 1, x: axis === "aside" ? by.x : 0, y: axis === "down" ? by.y : 0 };
        act.show(view, { smooth: false, pulled: view.y });
      }
    },
    onPointerUp(event: PointerEvent) {
      const { touch } = live.current;
      if (!touch?.to.has(event.pointerId)) return;
      const alone = touch.to.size === 1;
      const finger = alone && touch.view === WHOLE && event.pointerType !== "mouse";
      const rtl = getComputedStyle(event.currentTarget).direction === "rtl";
      const swipe = finger ? swipeOf(moved(touch), rtl) : null;
      handlers.onPointerCancel(event);
      if (swipe) onSwipe(swipe);
    },
    onPointerCancel({ pointerId }: PointerEvent) {
      const { touch } = live.current;
      if (!touch?.to.delete(pointerId)) return;
      act.settle(live.current.view);
      begin(touch.to);
    },
    /** The end of a movement is not a press. */
    onClickCapture(event: MouseEvent) {
      if (!live.current.moved) return;
      live.current.moved = false;
      event.stopPropagation();
    },
  };
  return {
    zoomed,
    handlers,
    /** Shows the picture in its own size, or whole. */
    zoom: (closer: boolean) => act.zoom(closer),
    /** The second press of two quick ones changes nothing. */
    zoomAt: (event: MouseEvent) => event.detail < 2 && act.zoom(!zoomed, act.place(event)),
    shift(x: number, y: number) {
      const { view } = live.current;
      act.settle({ ...view, x: view.x + x, y: view.y + y });
    },
    whole: () => act.settle(WHOLE, false),
  };
}
