/** The known members of a room. */

import { compareTexts } from "./compare.ts";
import type { Member, User } from "./types.ts";

/** The moves of one read mark whose times are kept. */
const MOST_MOVES = 50;

interface Move {
  readonly after: number;
  readonly upTo: number;
  readonly at: string;
}

export class Members {
  private readonly byId = new Map<string, Member>();
  /** The version at which members left: a page fetched earlier may still contain them. */
  private readonly gone = new Map<string, number>();

  /** The marks of users of whom no page has told yet. A page that is under way may be older. */
  private readonly early = new Map<string, number>();
  /** The latest moves of read marks. */
  private readonly times = new Map<string, readonly Move[]>();
  private sorted: readonly Member[] | null = null;

  constructor(private readonly onChange: () => void) {}

  /** Sorted by role, then in the order of joining. */
  listMembers(): readonly Member[] {
    this.sorted ??= [...this.byId.values()].sort(byRole);
    return this.sorted;
  }

  get(userId: string): Member | undefined {
    return this.byId.get(userId);
  }

  /** The copy with the higher version wins. A read mark never moves back. */
  putMember(member: Member): void {
    const { id } = member.user;
    if ((this.gone.get(id) ?? -1) >= member.version) return;
    const old = this.byId.get(id);
    if (old && old.version > member.version) return;
    const known = old?.last_read_seq ?? this.early.get(id) ?? 0;
    const mark = Math.max(known, member.last_read_seq);
    this.early.delete(id);
    this.byId.set(id, { ...member, last_read_seq: mark });
    this.changed();
  }

  removeMember(userId: string, version: number): void {
    this.gone.set(userId, version);
    const old = this.byId.get(userId);
    if (old && old.version > version) return;
    this.byId.delete(userId);
    this.changed();
  }

  /** `at` is the time at which the mark moved, if that is known. */
  takeReadMark(userId: string, seq: number, at?: string): void {
    const member = this.byId.get(userId);
    if (!member) this.early.set(userId, Math.max(seq, this.early.get(userId) ?? 0));
    if (!member || member.last_read_seq >= seq) return;
    if (at) this.keepTime(userId, { after: member.last_read_seq, upTo: seq, at });
    this.byId.set(userId, { ...member, last_read_seq: seq });
    this.changed();
  }

  /** When a member read a message; null if the mark moved while this client did not hear of it. */
  readAt(userId: string, seq: number): string | null {
    const times = this.times.get(userId) ?? [];
    return times.find(({ after, upTo }) => after < seq && seq <= upTo)?.at ?? null;
  }

  private keepTime(userId: string, move: Move): void {
    this.times.set(userId, [...(this.times.get(userId) ?? []).slice(1 - MOST_MOVES), move]);
  }

  /** Takes a profile, which has no version: the latest one wins. */
  takeUser(user: User): void {
    const member = this.byId.get(user.id);
    if (!member) return;
    this.byId.set(user.id, { ...member, user });
    this.changed();
  }

  clearMembers(): void {
    this.byId.clear();
    this.gone.clear();
    this.early.clear();
    this.times.clear();
    this.changed();
  }

  private changed(): void {
    this.sorted = null;
    this.onChange();
  }
}

const ROLES: readonly string[] = ["owner", "admin", "member"];

function byRole(a: Member, b: Member): number {
  return ROLES.indexOf(a.role) - ROLES.indexOf(b.role) || byArrival(a, b);
}

/** Members who were added together are ordered by the time, as on the server. */
function byArrival(a: Member, b: Member): number {
  return a.joined_seq - b.joined_seq || compareTexts(a.joined_at, b.joined_at);
}
