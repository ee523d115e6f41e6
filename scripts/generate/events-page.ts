import * as z from 'zod';
import { EVENTS } from '../../src/contract/events.ts';

interface DataSchema {
  readonly properties?: Readonly<
    Record<string, { readonly type?: string; readonly anyOf?: readonly { type?: string }[] }>
  >;
  readonly required?: readonly string[];
}

function fieldsOf(data: z.ZodType | undefined): string {
  if (!data) return '–';
  const { properties = {}, required = [] } = z.toJSONSchema(data, { unrepresentable: 'any' }) as DataSchema;
  return Object.keys(properties)
    .map((name) => `\`${name}\`${required.includes(name) ? '' : ' (until the receipt is deleted)'}`)
    .join(', ');
}

/** `docs/events.md` */
export function eventsPage(): string {
  const rows = Object.entries(EVENTS).map(([kind, row]) => {
    const { audience, says } = row;
    const data = 'data' in row ? row.data : undefined;
    const webhook = 'webhook' in row ? `\`${row.webhook}\`` : '–';
    return `| \`${kind}\` | ${says} | ${fieldsOf(data)} | ${audience} | ${webhook} |`;
  });
  return `# Events

Made from \`src/contract/events.ts\` by \`npm run gen\`. Every change of a job is a row of \`pantry_queue.events\`, written by
the statement that changes it; \`batch_finished\` is about a batch and has no job's number, and \`budget_renewed\` is about
a budget (\`budget_of\`: the user's, or null of the tenant). Beside its kind and data it has the job's number, its owner and batch, the state after it
(\`status/phase\`, empty where it changed none), run, attempt and time. In the order of (\`xid\`, \`id\`), rows below
\`pg_snapshot_xmin(pg_current_snapshot())\` are final: who reads up to there skips no transaction that commits late. Where
a dump was restored into another cluster a new epoch of that order begins, at \`first_id\` of \`pantry_queue.epochs\`.

| kind | what has happened | data | for | webhook |
|---|---|---|---|---|
${rows.join('\n')}
`;
}
