export const finder = {
  people: "People",
  groups: "Public groups",
  messages: "Messages",
  allChats: (count: string) => `Show all ${count} chats`,
  allMessages: "Search all messages",
  looking: "Looking…",
  failed: "People, groups and messages can’t be searched now.",
  nothing: (query: string) => `Nothing found for “${query}”`,
  nothingHint: "Try fewer or other letters, or start a new chat or group.",
};
