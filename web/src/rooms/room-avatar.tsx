import type { Room } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { useValue } from "../lib/value.ts";
import { Avatar, type AvatarProps } from "../ui/avatar.tsx";
import { roomName } from "./summary.ts";

interface RoomAvatarProps {
  room: Room;
  size?: AvatarProps["size"];
}

/** A group's picture; of a direct room the other one's, and whether they are here. */
export function RoomAvatar({ room, size }: RoomAvatarProps) {
  if (room.peer) return <PersonAvatar user={room.peer} size={size} />;
  return <Avatar square id={room.id} name={roomName(room)} url={room.avatar_url} size={size} />;
}

interface PersonAvatarProps {
  user: { readonly id: string; readonly display_name: string; readonly avatar_url: string | null };
  size?: AvatarProps["size"];
}

export function PersonAvatar({ user, size }: PersonAvatarProps) {
  const { status } = useValue(chat.presence(user.id));
  const { id, display_name: name, avatar_url: url } = user;
  return <Avatar id={id} name={name} url={url} size={size} presence={status} />;
}
