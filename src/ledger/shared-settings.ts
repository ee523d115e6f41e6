import { cleanLine } from '../contract/clean-text.ts';
import { AppError } from '../contract/errors.ts';
import type { Db } from './db.ts';

/** A setting that every process of one queue must have alike. */
export interface SharedSetting {
  /** The variable. */
  readonly name: string;
  readonly value: string;
  /** What the operator knows it by, where the value is an identity. Default: the value. */
  readonly shown?: string;
}

const REMEMBER = `
with given as (
  select * from unnest($1::text[], $2::text[], $3::text[]) as g (name, value, shown)
), added as (
  insert into pantry_queue.shared_settings (name, value, shown) select name, value, shown from given
  order by name on conflict (name) do nothing
  returning name
)
select s.name, s.shown as theirs, g.shown as ours
from given g join pantry_queue.shared_settings s using (name) where s.value <> g.value order by s.name`;

/** Two processes that start at once on a new ledger: who comes second sees the first one's row only by looking again. */
const LOOKS = 2;

/**
 * The ledger remembers what its first process was set to.
 * @throws AppError settings_differ naming each setting that differs, and both values
 */
export async function compareSettings(db: Db, settings: readonly SharedSetting[]): Promise<void> {
  const values = [
    settings.map(({ name }) => name),
    settings.map(({ value }) => value),
    settings.map(({ shown, value }) => shown ?? value),
  ];
  for (let look = 0; look < LOOKS; look++) {
    const differing = await db.query<{ name: string; theirs: string; ours: string }>(REMEMBER, values);
    if (differing.length === 0) continue;
    const named = differing.map(
      ({ name, theirs, ours }) => `${name} is ${say(ours)} here and ${say(theirs)} in the queue`,
    );
    const names = differing.map(({ name }) => `'${name}'`).join(', ');
    throw new AppError('settings_differ', `${named.join('; ')}.`, {
      hint: `Set it as the queue has it. To change it for the whole queue, stop all its processes and run: delete from pantry_queue.shared_settings where name in (${names});`,
    });
  }
}

function say(value: string): string {
  return value === '' ? 'empty' : `"${cleanLine(value, 200)}"`;
}
