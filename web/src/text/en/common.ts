export const common = {
  app: { name: "Chat" },

  time: { today: "Today", yesterday: "Yesterday", now: "just now" },

  act: {
    back: "Back",
    cancel: "Cancel",
    close: "Close",
    copy: "Copy",
    delete: "Delete",
    edit: "Edit",
    retry: "Try again",
    save: "Save",
  },

  connection: {
    connecting: "Connecting…",
    offline: "You are offline. Your messages will be sent when you are back online.",
    lost: "No connection. Your messages will be sent when you are connected again.",
    retryIn: (seconds: number) => `No connection. Trying again in ${seconds} s`,
    retryNow: "Try now",
  },

  presence: { online: "Online", away: "Away", offline: "Offline" },

  layout: {
    rooms: "Chats",
    room: "Chat",
    details: "Details",
    skip: "Skip to the messages",
    greeting: (name: string) => `Hello, ${name}`,
    nothingOpen: "Hello",
    nothingOpenHint: "Choose a chat from the list, or start a new one.",
  },

  failure: {
    title: "Something went wrong",
    hint: "Reload the page to continue. Nothing you have sent is lost.",
    reload: "Reload",
    notFound: "Page not found",
    notFoundHint: "The link may be outdated, or it leads to a chat you are not a member of.",
    home: "Go to my chats",
    wrongAddress: "This chat has another address",
    wrongAddressHint: (meant: string, here: string) =>
      `It is meant to be opened at ${meant}. Whoever runs the server can allow this address: set PUBLIC_URL to ${here}, or add it to CORS_ORIGINS.`,
    openThere: "Open it there",
  },

  /** The server's refusals, by code. A message about a field is shown as the server sent it. */
  errors: {
    blocked: "One of you has blocked the other.",
    conflict: "That is already taken.",
    forbidden: "You don’t have permission to do that.",
    internal: "The server ran into a problem. Please try again.",
    invalid_credentials: "Incorrect email, username or password.",
    not_found: "That no longer exists.",
    payload_too_large: "That is too large.",
    rate_limited: (when: string) => `Too many attempts. Please try again ${when}.`,
    storage_full: "Your storage space is full.",
    unauthenticated: "Please sign in again.",
    offline: "You are offline.",
    unavailable: "Can’t reach the server. Please try again.",
    unsupported_media_type: "This type of file is not supported.",
    validation_failed: "Please check what you entered.",
    other: "That didn’t work. Please try again.",
  },

  /** What is wrong with a field, by the field's name in the API. */
  fieldErrors: {
    display_name: "Enter a name that others can read.",
    email: "Enter an email address such as ann@example.com.",
    username:
      "Use letters, digits, and _ . - in between. Start and end with a letter, a digit or _.",
  },

  /** Mistakes that the browser can detect in any field. */
  invalid: {
    missing: "Please fill in this field.",
    tooShort: (least: number) => `Use at least ${least} characters.`,
    password: "Incorrect password.",
  },

  theme: { system: "Same as system", light: "Light", dark: "Dark" },
};
