/**
 * What the system shows on behalf of the app. In a file of its own, because the service worker has
 * a copy. Names are isolated, as by `isolate`.
 */
export const worker = {
  app: "Chat",
  message: "New message",
  reaction: (emoji: string) =>
    emoji ? `Reacted to your message: ${emoji}` : "Reacted to your message",
  added: "Added you to a group",
  invited: (room: string) =>
    room ? `Invited you to \u2068${room}\u2069` : "Invited you to a group",
};
