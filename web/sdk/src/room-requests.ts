/** The changes of a room and its messages that an application can request. */

import type { Connection } from "./connection.ts";
import type { Member, Message, Role, Room, RoomChanges, RoomsSent } from "./types.ts";

type Event = keyof RoomsSent;

export class RoomRequests {
  constructor(
    readonly id: string,
    private readonly connection: Connection,
  ) {}

  async edit(seq: number, text: string): Promise<Message> {
    return (await this.call("edit_message", { room_id: this.id, seq, text })).message;
  }

  async delete(seq: number): Promise<Message> {
    return (await this.call("delete_message", { room_id: this.id, seq })).message;
  }

  async react(seq: number, emoji: string, on: boolean): Promise<Message> {
    return (await this.call("react", { room_id: this.id, seq, emoji, on })).message;
  }

  async pin(seq: number, on: boolean): Promise<Message> {
    return (await this.call("pin_message", { room_id: this.id, seq, on })).message;
  }

  async update(changes: RoomChanges): Promise<Room> {
    return (await this.call("update_room", { room_id: this.id, ...changes })).room;
  }

  async addMembers(userIds: readonly string[]): Promise<readonly Member[]> {
    const payload = { room_id: this.id, user_ids: userIds };
    return (await this.call("add_members", payload)).members;
  }

  async removeMember(userId: string): Promise<void> {
    await this.call("remove_member", { room_id: this.id, user_id: userId });
  }

  async setRole(userId: string, role: Role): Promise<Member> {
    return (await this.call("set_role", { room_id: this.id, user_id: userId, role })).member;
  }

  private call<E extends Event>(event: E, payload: RoomsSent[E]["payload"]) {
    return this.connection.call("/rooms", event, payload as never) as Promise<RoomsSent[E]["ack"]>;
  }
}
