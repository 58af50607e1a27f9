// Sends events and listens while its transport changes: node traffic.mjs URL TRANSPORTS COUNT.
import { io } from "socket.io-client";

const [url, transports, count] = process.argv.slice(2);
const say = (step, data = {}) => console.log(JSON.stringify({ step, ...data }));
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const socket = io(`${url}/rooms`, { transports: transports.split(","), reconnection: false });
const heard = [];
const all = new Promise((resolve) => {
  socket.on("news", (number) => {
    heard.push(number);
    if (heard.length === Number(count)) resolve();
  });
});
await new Promise((resolve) => socket.once("connect", resolve));
say("connected");

const answers = [];
const asked = [];
for (let number = 0; number < Number(count); number++) {
  asked.push(socket.emitWithAck("ask", number).then(({ args }) => answers.push(args[0])));
  if (number % 5 === 0) await pause(2);
}
await Promise.all([...asked, all]);
const last = transports.split(",").at(-1);
while (socket.io.engine.transport.name !== last) await pause(2);
say("done", { answers, heard });
socket.disconnect();
