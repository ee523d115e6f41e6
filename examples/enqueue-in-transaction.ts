/**
 * A receipt and its job in one transaction of the application's own: both are there after the commit, neither before.
 *
 *   DATABASE_URL=postgresql://… node --import tsx examples/enqueue-in-transaction.ts
 */
import pg from 'pg';

const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
try {
  for (const end of ['rollback', 'commit'] as const) {
    await client.query('begin');
    const { rows } = await client.query<{ id: string }>(
      'insert into public.receipts (user_id, image_path) values ($1, $2) returning id',
      [1, 'minio://receipts/a.jpg'],
    );
    const queued = await client.query<{ job_id: string; status: string }>(
      "select job_id, status from pantry_queue.enqueue_ocr($1, priority => 'high')",
      [rows[0]?.id],
    );
    await client.query(end);
    console.log(end, queued.rows[0]?.job_id, queued.rows[0]?.status);
  }
} finally {
  await client.end();
}
