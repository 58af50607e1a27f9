// One transaction for all messages that came while the one before it was under way.
const ADD = {
  name: "add",
  text: `WITH sent AS (
      SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[])
        WITH ORDINALITY AS s (room_id, id, author_id, client_id, text, place)
    ), taken AS (
      UPDATE rooms r SET last_seq = r.last_seq + c.count
      FROM (SELECT room_id, count(*) FROM sent GROUP BY room_id) c
      WHERE r.id = c.room_id RETURNING r.id, r.last_seq - c.count AS before
    )
    INSERT INTO messages (room_id, seq, id, author_id, client_id, text)
    SELECT s.room_id, t.before + row_number() OVER (PARTITION BY s.room_id ORDER BY s.place),
      s.id, s.author_id, s.client_id, s.text
    FROM sent s JOIN taken t ON t.id = s.room_id
    RETURNING id, seq, created_at`,
};
const MOST = 500;

module.exports = (pool) => {
  const waiting = [];
  let busy = false;

  const commit = async (group) => {
    const column = (name) => group.map((each) => each.message[name]);
    const values = ["room", "id", "author", "clientId", "text"].map(column);
    try {
      const { rows } = await pool.query({ ...ADD, values });
      const added = new Map(rows.map((row) => [row.id, row]));
      for (const { message, resolve } of group) {
        const { seq, created_at: createdAt } = added.get(message.id);
        resolve({ seq: Number(seq), createdAt });
      }
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  };

  const work = async () => {
    busy = true;
    while (waiting.length) await commit(waiting.splice(0, MOST));
    busy = false;
  };

  return (message) =>
    new Promise((resolve, reject) => {
      waiting.push({ message, resolve, reject });
      if (!busy) work();
    });
};
