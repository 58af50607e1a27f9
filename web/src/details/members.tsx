import Ellipsis from "lucide-react/icons/ellipsis";
import Search from "lucide-react/icons/search";
import UserPlus from "lucide-react/icons/user-plus";
import { useCallback, useState } from "react";
import type { Member, Room, User } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { attempt } from "../lib/attempt.ts";
import { usePages, useSettled } from "../lib/use-pages.ts";
import { useValue } from "../lib/value.ts";
import { userName } from "../people/names.ts";
import { PeoplePicker } from "../people/people-picker.tsx";
import { PersonDialog } from "../people/person.tsx";
import { PersonAvatar } from "../people/person-avatar.tsx";
import { mayInRoom } from "../rooms/may.ts";
import { detailsText } from "../text/details.ts";
import { plural } from "../text/format.ts";
import { text } from "../text/index.ts";
import { Button, IconButton } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { TextField } from "../ui/field.tsx";
import { Row } from "../ui/row.tsx";
import { moveAmongRows } from "../ui/row-keys.ts";
import styles from "./details.module.css";
import { MemberMenu } from "./member-menu.tsx";

/** So many are found without a search. */
const FEW_MEMBERS = 8;

/** The members of a group, owner and admins first. */
export function MembersSection({ room }: { room: Room }) {
  const handle = chat.room(room.id);
  const members = useValue(handle.members);
  const [adding, setAdding] = useState(false);
  const [query, setQuery] = useState("");
  const wanted = query.trim();
  const words = detailsText.members;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys only move the focus inside it.
    <section className={styles.section} onKeyDown={moveAmongRows}>
      <header className={styles.heading}>
        <h3>{words.title}</h3>
        {mayInRoom(room).add && (
          <Button size="s" icon={<UserPlus size={14} />} onClick={() => setAdding(true)}>
            {words.add}
          </Button>
        )}
      </header>
      {room.member_count > FEW_MEMBERS && (
        <div>
          <TextField
            type="search"
            autoComplete="off"
            label={words.search}
            hideLabel
            placeholder={words.search}
            value={query}
            start={<Search size={16} aria-hidden="true" />}
            onChange={(event) => setQuery(event.target.value)}
          />
        </div>
      )}
      {wanted ? (
        <MembersNamed room={room} members={members} query={wanted} />
      ) : (
        <MemberList room={room} members={members} />
      )}
      {!wanted && members.length < room.member_count && (
        <Button size="s" variant="quiet" onClick={() => void attempt(() => handle.loadMembers())}>
          {words.more}
        </Button>
      )}
      {adding && <AddPeople room={room} members={members} onClose={() => setAdding(false)} />}
    </section>
  );
}

interface MemberListProps {
  room: Room;
  members: readonly Member[];
}

function MemberList({ room, members }: MemberListProps) {
  return (
    <ul className={styles.members}>
      {members.map((member) => (
        <MemberRow key={member.user.id} room={room} member={member} />
      ))}
    </ul>
  );
}

/** The members with such a name. The server finds them, because a large group is never held whole. */
function MembersNamed({ room, members, query }: MemberListProps & { query: string }) {
  const wanted = useSettled(query);
  const { id, member_count } = room;
  // biome-ignore lint/correctness/useExhaustiveDependencies: who comes or goes changes the answer.
  const fetch = useCallback(
    (cursor: string | undefined, signal: AbortSignal) => {
      const path = { room_id: id };
      return chat.api.get("/rooms/{room_id}/members", {
        path,
        query: { q: wanted, cursor },
        signal,
      });
    },
    [id, wanted, member_count],
  );
  const { items, state, more } = usePages<Member>(fetch);
  // What is known of those who are held may be newer.
  const held = new Map(members.map((member) => [member.user.id, member]));
  const found = items.map((member) => held.get(member.user.id) ?? member);
  const words = detailsText.members;
  return (
    <>
      <p role="status" className={found.length ? "quiet" : styles.soft}>
        {state === "failed" && text.errors.unavailable}
        {state === "ready" &&
          (found.length ? plural(found.length, text.rooms.members) : words.none)}
      </p>
      <MemberList room={room} members={found} />
      {more && (
        <Button size="s" variant="quiet" onClick={more}>
          {words.more}
        </Button>
      )}
    </>
  );
}

function MemberRow({ room, member }: { room: Room; member: Member }) {
  const [shown, setShown] = useState(false);
  const me = useValue(chat.account);
  const name = userName(member.user);
  const words = detailsText.members;
  const own = member.user.id === me?.id;
  const trigger = (
    <IconButton size="s" label={words.actions(name)} icon={<Ellipsis size={16} />} tip="none" />
  );
  return (
    <li>
      <Row
        start={<PersonAvatar user={member.user} size={40} />}
        title={<bdi className="cut">{name}</bdi>}
        subtitle={member.user.deleted ? null : <bdi className="cut">@{member.user.username}</bdi>}
        aside={member.role === "member" ? null : words[member.role]}
        onClick={() => setShown(true)}
        end={!own && <MemberMenu room={room} member={member} trigger={trigger} />}
      />
      {shown && <PersonDialog user={member.user} onClose={() => setShown(false)} />}
    </li>
  );
}

interface AddPeopleProps {
  room: Room;
  members: readonly Member[];
  onClose: () => void;
}

function AddPeople({ room, members, onClose }: AddPeopleProps) {
  const [picked, setPicked] = useState<readonly User[]>([]);
  const [busy, setBusy] = useState(false);
  const words = detailsText.members;
  async function add() {
    setBusy(true);
    const ids = picked.map((user) => user.id);
    const done = await attempt(
      () => chat.room(room.id).addMembers(ids),
      plural(ids.length, words.added),
    );
    setBusy(false);
    if (done) onClose();
  }
  const button = (
    <Button variant="primary" busy={busy} disabled={!picked.length} onClick={() => void add()}>
      {words.add}
    </Button>
  );
  return (
    <Dialog title={words.add} onClose={onClose} footer={button}>
      <PeoplePicker
        focus
        picked={picked}
        onChange={setPicked}
        without={new Set(members.map((member) => member.user.id))}
      />
    </Dialog>
  );
}
