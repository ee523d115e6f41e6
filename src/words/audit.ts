import type { ListedEntry } from '../contract/operations/list-audit.ts';
import { shortTime, table } from './table.ts';

const whoOf = ({ user_id, for_user, by_assistant }: ListedEntry): string =>
  `user ${user_id}${for_user === null || for_user === user_id ? '' : ` for ${for_user}`}${by_assistant ? ', by a model' : ''}`;

/** So many of the ids. */
const SHOWN_IDS = 3;

function subjectsOf({ subjects }: ListedEntry): string {
  const shown = subjects.slice(0, SHOWN_IDS).map(({ what, id }) => `${what} ${id}`);
  return [...shown, ...(subjects.length > SHOWN_IDS ? ['…'] : [])].join(', ');
}

/** Two lines an entry: what was done and what came of it; who did it, and about what. */
export function auditText(entries: readonly ListedEntry[]): string[] {
  if (entries.length === 0) return ['Nothing is recorded.'];
  return entries.flatMap((entry) => [
    ...table([[`${shortTime(entry.at)}  ${entry.operation}`, entry.outcome, entry.door]]),
    ...table([[`  ${whoOf(entry)}`, entry.key_id ?? '', subjectsOf(entry)]]),
  ]);
}
