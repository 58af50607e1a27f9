import { chat } from "../chat.ts";
import { useValue } from "../lib/value.ts";
import { Avatar, type AvatarProps } from "../ui/avatar.tsx";

interface PersonAvatarProps {
  user: { readonly id: string; readonly display_name: string; readonly avatar_url: string | null };
  size?: AvatarProps["size"];
}

/** A person's picture or initials, with a dot that shows whether they are online. */
export function PersonAvatar({ user, size }: PersonAvatarProps) {
  const { status } = useValue(chat.presence(user.id));
  const { id, display_name: name, avatar_url: url } = user;
  return <Avatar id={id} name={name} url={url} size={size} presence={status} />;
}
