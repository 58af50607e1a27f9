// The reference server, on Node.js: `node server.js PORT PING_INTERVAL`.
const { createServer } = require("node:http");
const { Server } = require("socket.io");

const [port, pingInterval] = process.argv.slice(2).map(Number);
const http = createServer();
const io = new Server(http, {
  pingInterval: pingInterval * 1000,
  perMessageDeflate: false,
  httpCompression: false,
  serveClient: false,
});

// The longest time that the event loop was blocked, in milliseconds of CPU time of the process.
let longest = 0;
let timer = null;
let last = 0;
const tick = () => {
  const { user, system } = process.cpuUsage();
  longest = Math.max(longest, (user + system) / 1000 - last);
  last = (user + system) / 1000;
};

io.on("connection", (socket) => {
  if (socket.handshake.auth.room) socket.join(socket.handshake.auth.room);
  socket.on("message", (message, ack) => {
    io.to(message.room).emit("message", message);
    ack({ ok: true });
  });
  socket.on("lag", (ack) => {
    timer ??= setInterval(tick, 1);
    ack({ longest_ms: longest });
    tick();
    longest = 0;
  });
});

http.listen({ host: "127.0.0.1", port, backlog: 1024 });
