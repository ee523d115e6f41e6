/** Receipts are there before their jobs, as they are for the users of this queue. */
import pg from 'pg';

const ADD = `insert into public.receipts (user_id, image_path)
  select 1 + n % 50, 'minio://receipts/peer.jpg' from generate_series(1, $1::int) n returning id`;

export function openReceipts() {
  const db = new pg.Pool({ connectionString: process.env.PEERS_OWN_DATABASE_URL, max: 16 });
  const ready = [];
  return {
    db,
    async prepare(count) {
      ready.push(...(await db.query(ADD, [count])).rows.map((row) => Number(row.id)));
    },
    /** @throws Error where fewer were prepared */
    take(count) {
      if (ready.length < count) throw new Error(`${count} receipts are wanted, ${ready.length} were prepared.`);
      return ready.splice(0, count);
    },
  };
}
