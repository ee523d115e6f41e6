import { LOG_EVENTS } from '../../src/contract/log-events.ts';

/** `docs/logs.md` */
export function logsPage(): string {
  const rows = Object.entries(LOG_EVENTS).map(([event, says]) => `| \`${event}\` | ${says} |`);
  return `# Log events

Made from \`src/contract/log-events.ts\` by \`npm run gen\`. Servers and workers write one JSON document a line on stderr: \`level\`, \`time\`, \`pid\`, \`name\` (\`server\` or \`worker\`), \`msg\` (one of these), and what belongs to it: \`job_id\`, \`batch_id\`, \`requestId\`, \`code\`, \`cause\`, for a fault of ours \`at\` (the places in the code), and \`trace_id\` where the call is [traced](observability.md#traces). No line holds text of a receipt, a key or a password; \`cause\` is what a database, Temporal or the network said.

| event | what it says |
|---|---|
${rows.join('\n')}
`;
}
