// A chat server, the peer of the benchmark: `node server.js PORT DATABASE_URL plain|grouped`.
const { randomUUID } = require("node:crypto");
const { createServer } = require("node:http");
const { Pool } = require("pg");
const { Server } = require("socket.io");

const [port, connectionString, kind] = process.argv.slice(2);
const pool = new Pool({ connectionString });
const append = require(`./${kind}.js`)(pool);
const http = createServer();
const io = new Server(http, {
  perMessageDeflate: false,
  httpCompression: false,
  serveClient: false,
});
const namespace = io.of("/rooms");

const SEATS = {
  name: "seats",
  text: `SELECT u.id, array(SELECT m.room_id::text FROM members m WHERE m.user_id = u.id) AS rooms
    FROM users u WHERE u.token = $1`,
};

namespace.use(async (socket, next) => {
  try {
    const found = await pool.query({ ...SEATS, values: [socket.handshake.auth.token] });
    if (!found.rows.length) return next(new Error("unauthenticated"));
    socket.data = found.rows[0];
    next();
  } catch (error) {
    next(error);
  }
});

namespace.on("connection", (socket) => {
  const { id: author, rooms } = socket.data;
  socket.join(rooms);
  socket.on("send_message", async ({ room_id: room, client_id: clientId, text }, ack) => {
    if (typeof text !== "string" || !text || text.length > 8000 || !socket.rooms.has(room)) {
      return ack({ ok: false, error: { code: "validation_failed" } });
    }
    try {
      const id = randomUUID();
      const { seq, createdAt } = await append({ id, room, author, clientId, text });
      const message = {
        id,
        room_id: room,
        seq,
        author_id: author,
        client_id: clientId,
        text,
        created_at: createdAt,
      };
      namespace.to(room).emit("message_created", { room_id: room, message });
      ack({ ok: true, message });
    } catch (error) {
      console.error(error);
      ack({ ok: false, error: { code: "internal" } });
    }
  });
});

http.listen({ host: "127.0.0.1", port, backlog: 1024 });
