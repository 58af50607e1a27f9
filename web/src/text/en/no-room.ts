/** Why a room cannot be shown. */
export const noRoom = {
  removed: {
    title: (name: string) => `You were removed from ${name}`,
    hint: "You no longer receive its messages, and you can’t write there.",
  },
  deleted: {
    title: (name: string) => `${name} was deleted`,
    hint: "The group and all its messages were deleted for everyone.",
  },
  left: {
    title: (name: string) => `You left ${name}`,
    hint: "You no longer receive its messages.",
  },
  unknown: {
    title: (name: string) => `You are no longer in ${name}`,
    hint: "You were removed from it, or it was deleted, while you were away.",
  },
  missing: "Chat not found",
  missingHint: "It was deleted, or you are not a member.",
  offline: "Not on this device yet",
  offlineHint:
    "This chat has not been opened here before. It will be shown as soon as there is a connection.",
  copyDraft: "Copy what you were writing",
  joinAgain: "Join again",
};
