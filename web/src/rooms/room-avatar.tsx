import type { Room } from "realtime-chat-sdk";
import { PersonAvatar } from "../people/person-avatar.tsx";
import { Avatar, type AvatarProps } from "../ui/avatar.tsx";
import { roomName } from "./summary.ts";

interface RoomAvatarProps {
  room: Room;
  size?: AvatarProps["size"];
}

/** The picture of a group. For a direct chat, the other person's picture and presence. */
export function RoomAvatar({ room, size }: RoomAvatarProps) {
  if (room.peer) return <PersonAvatar user={room.peer} size={size} />;
  return <Avatar square id={room.id} name={roomName(room)} url={room.avatar_url} size={size} />;
}
