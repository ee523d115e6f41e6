import type { Db } from './db.ts';
import { LIVE_GATES } from './processes/gates.ts';

/** Which store the processes of this queue must use, as `compareSettings` compares it at their start. */
export interface SharedStore {
  readonly inS3: boolean;
  readonly id: string;
  readonly shown: string;
}

const SHARE = `
with given (name, value, shown) as (
  values ('S3_ENDPOINT', $2, $3), ('IMAGE_DIR', $4, $5)
), forgotten as (
  delete from pantry_queue.shared_settings where name = 'IMAGE_DIR' and $1
)
insert into pantry_queue.shared_settings as s (name, value, shown)
select g.name, g.value, g.shown from given g where g.name = 'S3_ENDPOINT' or not $1
on conflict (name) do update set value = excluded.value, shown = excluded.shown`;

/** From now on a process that is set to another store refuses to start. */
export async function shareImageStore(db: Db, { inS3, id, shown }: SharedStore): Promise<void> {
  const [s3, folder] = inS3
    ? [
        [id, shown],
        ['', ''],
      ]
    : [
        ['', ''],
        [id, shown],
      ];
  await db.query(SHARE, [inS3, ...(s3 ?? []), ...(folder ?? [])]);
}

/** How many processes have a gate. A server and a worker each have one, and those that stop in order take it away. */
export async function processesAlive(db: Db): Promise<number> {
  const [row] = await db.query<{ alive: number }>(`select count(*)::int as alive from ${LIVE_GATES}`);
  return row?.alive ?? 0;
}
