import { text } from "../text/index.ts";

interface RoomListProps {
  /** The room that is shown beside the list. */
  openId: string | null;
}

/** The sidebar: my rooms, latest activity first. */
export function RoomList({ openId }: RoomListProps) {
  return <div data-open={openId}>{text.layout.rooms}</div>;
}
