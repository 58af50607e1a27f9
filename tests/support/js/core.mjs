// A session of one client with the stock SDK: node core.mjs URL TRANSPORTS.
// Prints a line of JSON for each step.
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const [url, transports] = process.argv.slice(2);
const say = (step, data = {}) => console.log(JSON.stringify({ step, ...data }));
const commands = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const told = async () => JSON.parse((await commands.next()).value);
const once = (socket, event) => new Promise((resolve) => socket.once(event, resolve));

async function signup() {
  const name = `js_${Date.now()}_${Math.floor(Math.random() * 1e9)}`;
  const answer = await fetch(`${url}/api/v1/auth/signup`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ email: `${name}@example.com`, username: name, password: "correct horse" }),
  });
  return answer.json();
}

const session = await signup();
const options = { transports: transports.split(","), reconnectionDelay: 100, forceNew: false };

const stranger = io(`${url}/rooms`, { ...options, auth: { token: "none" }, forceNew: true });
const refusal = await once(stranger, "connect_error");
say("refused", { message: refusal.message, data: refusal.data });
stranger.disconnect();

const auth = { token: session.access_token };
const rooms = io(`${url}/rooms`, { ...options, auth });
const notifications = io(`${url}/notifications`, { ...options, auth });
await Promise.all([once(rooms, "connect"), once(notifications, "connect")]);
say("connected", { user_id: session.user.id, one: rooms.io === notifications.io });

const { peer_id } = await told();
const joined = once(rooms, "room_joined");
const { room } = await rooms.emitWithAck("create_room", {
  kind: "group",
  name: "from JavaScript",
  member_ids: [peer_id],
});
say("created", { room, joined: (await joined).room });

const client_id = crypto.randomUUID();
const send = { room_id: room.id, client_id, text: "grüße 👋" };
say("sent", await rooms.emitWithAck("send_message", send));
say("sent again", await rooms.emitWithAck("send_message", send));

const [typing, created] = [once(rooms, "typing"), once(rooms, "message_created")];
const unread = once(notifications, "unread");
say("ready");
say("heard typing", await typing);
// The message that this client sent comes first.
const event = await created;
const reply = event.message.text === send.text ? await once(rooms, "message_created") : event;
say("heard message", reply);
say("heard unread", await unread);
say("history", await rooms.emitWithAck("get_messages", { room_id: room.id, limit: 10 }));

if ((await told()).restart) {
  const closing = once(rooms, "closing");
  say("waiting for the end");
  say("closing", await closing);
  await once(rooms, "connect");
  const rest = { room_id: room.id, client_id: crypto.randomUUID(), text: "back" };
  say("back", await rooms.emitWithAck("send_message", rest));
  const held = { [room.id]: reply.version };
  say("synced", await rooms.emitWithAck("sync", { rooms: held, scope: "listed" }));
}
rooms.disconnect();
notifications.disconnect();
say("done");
process.exit(0);
