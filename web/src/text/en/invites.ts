export const invites = {
  title: "You’re invited",
  /** The name of the person who invites stands before. */
  by: "invites you to join",
  join: "Join group",
  signUp: "Create an account to join",
  signIn: "I have an account",
  gone: "This invitation no longer works",
  goneHint: "It may have expired, been used up or been revoked. Ask for a new one.",
  offline: "You are offline",
  offlineHint: "The invitation is shown when you are back online.",
};
