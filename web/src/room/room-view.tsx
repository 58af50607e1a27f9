import { MainPane } from "../layout/pane.tsx";
import { text } from "../text/index.ts";

interface RoomViewProps {
  id: string;
  /** The message to show, from the address; null: where reading stopped. */
  seq: number | null;
}

/** A room: its header, timeline and composer. */
export function RoomView({ id, seq }: RoomViewProps) {
  return (
    <MainPane title={text.layout.room}>
      <div data-room={id} data-seq={seq} />
    </MainPane>
  );
}
