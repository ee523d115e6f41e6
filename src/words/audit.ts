import type { ListedEntry } from '../contract/operations/list-audit.ts';
import { shortTime, table } from './table.ts';

const whoOf = ({ user_id, for_user, by_assistant }: ListedEntry): string =>
  `user ${user_id}${for_user === null || for_user === user_id ? '' : ` for ${for_user}`}${by_assistant ? ', by a model' : ''}`;

/** The first ids of each field. */
const SHOWN_IDS = 3;

function subjectsOf({ subjects }: ListedEntry): string {
  return Object.entries(subjects)
    .map(([name, value]) => {
      const ids = [value].flat();
      const more = ids.length > SHOWN_IDS ? ', …' : '';
      return `${name.replace(/_ids?$/, '')} ${ids.slice(0, SHOWN_IDS).join(', ')}${more}`;
    })
    .join('; ');
}

/** Two lines an entry: what was done and what came of it; who did it, and about what. */
export function auditText(entries: readonly ListedEntry[]): string[] {
  if (entries.length === 0) return ['Nothing is recorded.'];
  return entries.flatMap((entry) => [
    ...table([[`${shortTime(entry.at)}  ${entry.operation}`, entry.outcome, entry.door]]),
    ...table([[`  ${whoOf(entry)}`, entry.key_id ?? '', subjectsOf(entry)]]),
  ]);
}
