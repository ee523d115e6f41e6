import { AppError } from '../../contract/errors.ts';
import type { Db } from '../db.ts';
import { compareSettings } from '../shared-settings.ts';

/** What a process tells of its keys; never a key itself. */
export interface PayloadKeyFacts {
  /** Key id → what tells this key from another under the same id. */
  readonly fingerprints: ReadonlyMap<string, string>;
  readonly lost: ReadonlySet<string>;
  /** The key that encrypts; empty: none does. */
  readonly current: string;
}

/** The row of shared settings that names the key that encrypts. */
const CURRENT = 'PAYLOAD_KEYS';

const REMEMBER = `
insert into pantry_queue.shared_settings (name, value, shown) values ($1, $2, $2)
on conflict (name) do update set value = excluded.value, shown = excluded.shown`;

/**
 * The ledger remembers which key encrypts, and by a fingerprint which keys there were. A process that could not read what
 * the others write, or would write in clear beside them, does not start.
 * @throws AppError settings_differ
 */
export async function comparePayloadKeys(db: Db, { fingerprints, lost, current }: PayloadKeyFacts): Promise<void> {
  const [row] = await db.query<{ value: string }>('select value from pantry_queue.shared_settings where name = $1', [
    CURRENT,
  ]);
  const before = row?.value ?? '';
  if (before !== '' && !fingerprints.has(before) && !lost.has(before)) throw lacking(before);
  const rows = [...fingerprints].map(([id, value]) => ({ name: `${CURRENT} ${id}`, value }));
  await compareSettings(db, rows);
  if (before !== current) await db.query(REMEMBER, [CURRENT, current]);
}

function lacking(id: string): AppError {
  return new AppError(
    'settings_differ',
    `The queue encrypts with key "${id}", which PAYLOAD_KEYS does not have here.`,
    {
      hint: `Add the key to PAYLOAD_KEYS. If it is lost, put a new key first and ${id}:lost behind it: unfinished jobs are then started again.`,
    },
  );
}
