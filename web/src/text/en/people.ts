export const people = {
  profile: "Profile",
  profileOf: (name: string) => `Profile of ${name}`,
  write: "Write a message",
  since: (date: string) => `Here since ${date}`,
  seen: (time: string) => `Last seen ${time}`,
  block: "Block",
  unblock: "Unblock",
  blockSure: (name: string) =>
    `${name} cannot write to you any more, nor you to them, and does not see when you are here.`,
  blocked: (name: string) => `${name} is blocked`,
  unblocked: (name: string) => `${name} is not blocked any more`,
  remove: (name: string) => `Take ${name} out`,
};

export const invites = {
  title: "You are invited",
  lead: (name: string) => `Join ${name}?`,
  join: "Join the group",
  joined: "Open the group",
  gone: "This invitation does not work any more",
  goneHint: "It may have ended, been used up or been revoked. Ask for a new one.",
};

export const search = {
  title: "Search",
  label: "Search in messages",
  hint: "Words, or “an exact phrase”",
  where: "Where",
  everywhere: "All chats",
  here: "This chat",
  from: "By",
  anyone: "Anyone",
  after: "From",
  before: "To",
  none: "Nothing is found",
  noneHint: "Try fewer or other words.",
  idle: "Find what was written in any of your chats.",
  found: { one: "# message", other: "# messages" },
  more: "Show more",
};

export const notices = {
  title: "Notifications",
  none: "Nothing new",
  noneHint: "Mentions, replies, reactions and invitations show up here.",
  readAll: "Mark all as read",
  more: "Show earlier ones",
  unread: "Not read yet",
  /** What happened, after the name of who did it. */
  kinds: {
    mention: "mentioned you",
    direct_message: "wrote to you",
    reply: "replied to you",
    reaction: "reacted to your message",
    added_to_room: "added you to a group",
    invitation: "invites you to a group",
    invitationTo: "invites you to",
    other: "has something for you",
  },
  join: "Join",
  joinRoom: (name: string) => `Join ${name}`,
  count: { one: "# new", other: "# new" },
};
