import type { PluralForms } from "../plural-forms.ts";

const unread: PluralForms = { one: "# new message", other: "# new messages" };
const members: PluralForms = { one: "# member", other: "# members" };
const reactions: PluralForms = { one: "# reaction", other: "# reactions" };
const left: PluralForms = { one: "# character left", other: "# characters left" };
const over: PluralForms = { one: "# character too many", other: "# characters too many" };
const lines: PluralForms = { one: "Show the # line", other: "Show all # lines" };
const seenByCount: PluralForms = { one: "Seen by # person", other: "Seen by # people" };
const moreReaders: PluralForms = { one: "and # more", other: "and # more" };

export const room = {
  messages: "Messages",
  newMessages: "New messages",
  latest: "Jump to the latest messages",
  unread,
  members,
  /** Between two facts. */
  and: "\u00a0·\u00a0",
  lastSeen: (ago: string) => `last seen ${ago}`,
  empty: "No messages yet",
  emptyHint: "Say hello to start the conversation.",
  loading: "Loading messages…",
  you: "You",
  search: "Search this chat",
  pins: "Pinned messages",
  noPins: "No pinned messages",
  noPinsHint: "Pin a message from its menu, so that everyone can find it again.",
  details: "Details",
  notOpened: "This chat has not been opened on this device before.",
  offlineHistory: "You are offline. Earlier messages are shown when you are back online.",

  message: {
    deleted: "This message was deleted",
    edited: "edited",
    editedAt: (when: string) => `Edited ${when}`,
    pinned: "Pinned",
    sending: "Sending…",
    fileWaiting: (name: string) => `${name}, waiting to be uploaded`,
    failed: "Not sent.",
    sent: "Sent",
    seen: "Seen",
    seenBy: (names: string) => `Seen by ${names}`,
    seenByCount,
    seenByNobody: "Not seen yet",
    moreReaders,
    actions: "Message actions",
    more: "More actions",
    reply: "Reply",
    react: "Add reaction",
    reactWith: (emoji: string) => `React with ${emoji}`,
    edit: "Edit",
    delete: "Delete",
    pin: "Pin",
    unpin: "Unpin",
    copyText: "Copy text",
    copyLink: "Copy link",
    copied: "Copied",
    discard: "Delete",
    deleteTitle: "Delete this message?",
    deleteLead: "It will be deleted for everyone. This cannot be undone.",
    replyTo: "In reply to",
    reactions,
    reactionsOf: "Reactions",
    whoReacted: "Who reacted",
    reactedWith: (names: string, emoji: string) => `${names}: ${emoji}`,
    othersReacted: { one: "and # more person", other: "and # more people" },
    more_people: (names: string, rest: string) => `${names} and ${rest} more`,
    video: "Video",
    audio: "Audio",
    file: "File",
  },

  code: {
    block: (language: string) => (language ? `Code in ${language}` : "Code"),
    copy: "Copy code",
    all: lines,
    less: "Show less",
  },

  /** What the boxes of tasks say. */
  task: { done: "Done", open: "To do" },

  typing: {
    one: (name: string) => `${name} is typing`,
    two: (names: string) => `${names} are typing`,
    many: "Several people are typing",
  },

  media: {
    view: (name: string) => `View ${name}`,
    move: (name: string) => `Play ${name}`,
    viewer: "Picture",
    previous: "Previous picture",
    next: "Next picture",
    zoomIn: "Zoom in",
    zoomOut: "Zoom out",
    download: "Download",
    toMessage: "Show in chat",
    downloadName: (name: string) => `Download ${name}`,
    gone: "This file can’t be displayed",
    unplayable: "Can’t be played here",
  },

  composer: {
    label: "Message",
    placeholder: (name: string) => `Message ${name}`,
    attach: "Attach files",
    emoji: "Insert an emoji",
    send: "Send",
    save: "Save changes",
    editing: "Editing",
    replyingTo: (name: string) => `Replying to ${name}`,
    cancelReply: "Cancel reply",
    cancelEdit: "Cancel editing",
    left,
    over,
    drop: "Drop files to attach them",
    files: "Files to send",
    removeFile: (name: string) => `Remove ${name}`,
    retryFile: (name: string) => `Upload ${name} again`,
    uploading: (name: string) => `Uploading ${name}`,
    failedFile: "A file could not be uploaded. Try again, or remove it.",
    withoutFile: "A file could not be uploaded. Your message was sent without it.",
    fileWaits: "No connection. It can wait with your message.",
    tooMuchWaits: "Too many files are waiting to be sent. Your message is still here.",
    waiting: "Your message will be sent when its files are uploaded.",
    tooLarge: (name: string, most: string) => `${name} is larger than ${most}.`,
    tooMany: (most: number) => `You can attach up to ${most} files.`,
    blocked: "You can’t message each other, because one of you has blocked the other.",
    deletedPeer: "This account was deleted. Its messages are kept.",
    notMember: "Join this group to send messages.",
    suggestions: "Suggestions",
    everybody: "Everyone in this chat",
  },

  emojiPicker: "Emoji",
};
