/** Where the browser keeps a user's drafts. The sign-in screen looks whether there are any. */
export const draftsKey = (userId: string): string => `drafts:${userId}`;
