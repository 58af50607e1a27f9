export const people = {
  profile: "Profile",
  profileOf: (name: string) => `Profile of ${name}`,
  write: "Send a message",
  since: (date: string) => `Member since ${date}`,
  seen: (time: string) => `Last seen ${time}`,
  block: "Block",
  unblock: "Unblock",
  blockSure: (name: string) =>
    `${name} will no longer be able to message you or see when you are online, and you won’t be able to message them.`,
  blocked: (name: string) => `You blocked ${name}`,
  unblocked: (name: string) => `You unblocked ${name}`,
  remove: (name: string) => `Remove ${name}`,
};

export const search = {
  title: "Search",
  label: "Search messages",
  hint: "Words, or “an exact phrase”",
  where: "In",
  everywhere: "All chats",
  here: "This chat",
  from: "From",
  anyone: "Anyone",
  after: "Since",
  before: "Until",
  none: "No results",
  noneHint: "Try fewer or different words.",
  widen: "Search all chats at any time",
  idle: "Search the messages in all your chats.",
  more: "Show more",
};

export const notices = {
  title: "Notifications",
  none: "You’re all caught up",
  noneHint: "Mentions, replies, reactions and invitations appear here.",
  readAll: "Mark all as read",
  more: "Show earlier",
  unread: "Unread",
  /** What happened. The name of the person who did it stands before. */
  kinds: {
    mention: "mentioned you",
    direct_message: "sent you a message",
    reply: "replied to you",
    reaction: "reacted to your message",
    added_to_room: "added you to a group",
    invitation: "invited you to a group",
    invitationTo: "invited you to",
    other: "has news for you",
  },
  join: "Join",
  joinRoom: (name: string) => `Join ${name}`,
  count: { one: "# new", other: "# new" },
};
