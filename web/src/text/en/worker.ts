/** What the system shows in the app's name. Apart from the others: the service worker has a copy. */
export const worker = {
  app: "Chat",
  message: "A new message",
  reaction: (emoji: string) =>
    emoji ? `Reacted to your message: ${emoji}` : "Reacted to your message",
  added: "Added you to a group",
  invited: (room: string) => (room ? `Invites you to ${room}` : "Invites you to a group"),
};
