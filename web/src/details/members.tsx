import Ellipsis from "lucide-react/icons/ellipsis";
import UserPlus from "lucide-react/icons/user-plus";
import { useState } from "react";
import type { Member, Room, User } from "realtime-chat-sdk";
import { chat } from "../chat.ts";
import { attempt } from "../lib/attempt.ts";
import { useValue } from "../lib/value.ts";
import { userName } from "../people/names.ts";
import { PeoplePicker } from "../people/people-picker.tsx";
import { PersonDialog } from "../people/person.tsx";
import { PersonAvatar } from "../people/person-avatar.tsx";
import { mayInRoom } from "../rooms/may.ts";
import { detailsText } from "../text/details.ts";
import { plural } from "../text/format.ts";
import { Button, IconButton } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Row } from "../ui/row.tsx";
import styles from "./details.module.css";
import { MemberMenu } from "./member-menu.tsx";

/** The members of a group, owner and admins first. */
export function MembersSection({ room }: { room: Room }) {
  const handle = chat.room(room.id);
  const members = useValue(handle.members);
  const [adding, setAdding] = useState(false);
  const words = detailsText.members;
  return (
    <section className={styles.section}>
      <header className={styles.heading}>
        <h3>{words.title}</h3>
        {mayInRoom(room).add && (
          <Button size="s" icon={<UserPlus size={14} />} onClick={() => setAdding(true)}>
            {words.add}
          </Button>
        )}
      </header>
      <ul className={styles.members}>
        {members.map((member) => (
          <MemberRow key={member.user.id} room={room} member={member} />
        ))}
      </ul>
      {members.length < room.member_count && (
        <Button size="s" variant="quiet" onClick={() => void attempt(() => handle.loadMembers())}>
          {words.more}
        </Button>
      )}
      {adding && <AddPeople room={room} members={members} onClose={() => setAdding(false)} />}
    </section>
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
