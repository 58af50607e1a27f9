// One transaction for each message.
const TAKE = {
  name: "take",
  text: "UPDATE rooms SET last_seq = last_seq + 1 WHERE id = $1 RETURNING last_seq",
};
const ADD = {
  name: "add",
  text: `INSERT INTO messages (room_id, seq, id, author_id, client_id, text)
    VALUES ($1, $2, $3, $4, $5, $6) RETURNING created_at`,
};

module.exports =
  (pool) =>
  async ({ id, room, author, clientId, text }) => {
    const client = await pool.connect();
    try {
      await client.query("BEGIN");
      const taken = await client.query({ ...TAKE, values: [room] });
      const seq = Number(taken.rows[0].last_seq);
      const added = await client.query({ ...ADD, values: [room, seq, id, author, clientId, text] });
      await client.query("COMMIT");
      return { seq, createdAt: added.rows[0].created_at };
    } catch (error) {
      await client.query("ROLLBACK");
      throw error;
    } finally {
      client.release();
    }
  };
