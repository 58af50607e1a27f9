export const common = {
  app: { name: "Chat" },

  time: { today: "Today", yesterday: "Yesterday", now: "just now" },

  act: {
    back: "Back",
    cancel: "Cancel",
    close: "Close",
    confirm: "Confirm",
    copy: "Copy",
    create: "Create",
    delete: "Delete",
    done: "Done",
    edit: "Edit",
    more: "More",
    retry: "Try again",
    save: "Save",
    search: "Search",
    send: "Send",
  },

  connection: {
    connecting: "Connecting…",
    offline: "You are offline. What you write is sent when you are back.",
    lost: "No connection. What you write is sent when it is back.",
    retryIn: (seconds: number) => `No connection. Trying again in ${seconds} s`,
    retryNow: "Try now",
  },

  presence: { online: "Online", away: "Away", offline: "Offline" },

  layout: {
    rooms: "Chats",
    room: "Room",
    details: "Details",
    skip: "Skip to the messages",
    greeting: (name: string) => `Hello, ${name}`,
    nothingOpen: "Hello",
    nothingOpenHint: "Pick a chat from the list, or start a new one.",
  },

  failure: {
    title: "Something went wrong",
    hint: "The page can be loaded again; nothing that you sent is lost.",
    reload: "Load again",
    notFound: "There is nothing here",
    notFoundHint: "The link may be old, or it leads to a chat that you are not in.",
    home: "To my chats",
  },

  /** What the server refused, by its code; a field's own message is shown as it came. */
  errors: {
    blocked: "One of you has blocked the other.",
    conflict: "That is taken already.",
    forbidden: "You may not do that here.",
    internal: "The server made a mistake. Please try again.",
    invalid_credentials: "That login and password do not go together.",
    not_found: "That is not here any more.",
    payload_too_large: "That is too large.",
    rate_limited: (when: string) => `That was too often. Please try again ${when}.`,
    storage_full: "Your space for files is used up.",
    unauthenticated: "Please sign in again.",
    unavailable: "The server cannot be reached. Please try again.",
    unsupported_media_type: "Files of this kind are not taken.",
    validation_failed: "Please check what you filled in.",
    other: "That did not work. Please try again.",
  },

  /** What is wrong with a field, by its name in the contract. */
  fieldErrors: {
    display_name: "A name that others can read, please.",
    email: "An address such as ann@example.com, please.",
    username: "Letters, digits, _ . and -, with a letter, a digit or _ at both ends.",
  },

  /** What is evidently wrong with any field. */
  invalid: {
    missing: "Please fill this in.",
    tooShort: (least: number) => `At least ${least} characters, please.`,
    password: "That is not your password.",
  },

  theme: { label: "Appearance", system: "As the system", light: "Light", dark: "Dark" },
};
