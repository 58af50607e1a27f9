/** What happened in a room, for its history. `who` did it, and `whom` it was done to. */
export const system = {
  /** The current user, as the one who did it and as the one to whom it was done. */
  I: "You",
  me: "you",
  created: (who: string) => `${who} created the group`,
  createdWith: (who: string, whom: string) => `${who} created the group with ${whom}`,
  /** After the names of a few people: how many others there are. */
  more: { one: "# more", other: "# more" },
  joined: (who: string) => `${who} joined`,
  added: (who: string, whom: string) => `${who} added ${whom}`,
  left: (who: string) => `${who} left`,
  removed: (who: string, whom: string) => `${who} removed ${whom}`,
  renamed: (who: string, name: string) => `${who} renamed the group to “${name}”`,
  changed: (who: string) => `${who} changed the group`,
  topic: (who: string, topic: string) => `${who} set the description: ${topic}`,
  noTopic: (who: string) => `${who} removed the description`,
  picture: (who: string) => `${who} changed the picture`,
  noPicture: (who: string) => `${who} removed the picture`,
  public: (who: string) => `${who} made the group public`,
  private: (who: string) => `${who} made the group private`,
};
