import type { Sabotage } from './row.ts';

const oneReceipt = ['test/mcp/one-receipt.test.ts'];
const person = ['test/mcp/person.test.ts'];

/** Guards of the MCP tools of receipts, of what a model may do in a person's place, and of the dashboard. */
export const TOOL_SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'MCP: a word is an assistant’s unless a person has agreed',
    promise: 'Q17: only a person ends a doubt',
    file: 'mcp/call-tool.ts',
    find: "acting: said ? undefined : 'assistant'",
    replace: 'acting: undefined',
    tests: oneReceipt,
  },
  {
    guard: 'MCP: nothing is done without a person’s yes',
    promise: 'M2: what a person declines is not done',
    file: 'mcp/call-tool.ts',
    find: '    if (said?.agrees === false) return resultOf(NOT_AGREED);\n',
    replace: '',
    tests: person,
  },
  {
    guard: 'MCP: only a client that can ask is asked',
    promise: 'M1: every client gets an answer',
    file: 'mcp/person.ts',
    find: 'return elicitation !== undefined && (',
    replace: 'return elicitation === undefined || (',
    tests: person,
  },
  {
    guard: 'MCP: a review names the version that it has seen',
    promise: 'Q17: nothing is written over what somebody has changed',
    file: 'mcp/tools/submit-review.ts',
    find: '{ seen_version: before.version, ...args } as',
    replace: '{ ...args } as',
    tests: oneReceipt,
  },
  {
    guard: 'MCP: a refusal quotes no value of a receipt',
    promise: 'M4: text of a receipt stands only where it is marked',
    file: 'mcp/tools/submit-review.ts',
    find: 'throw withoutValues(error, args.receipt_id);',
    replace: 'throw error;',
    tests: oneReceipt,
  },
  {
    guard: 'MCP: the next page begins behind the last row shown',
    promise: 'M2: what does not fit is given by the next call',
    file: 'mcp/tools/find-receipts.ts',
    find: 'fitting < found.receipts.length ? await search(Math.max(1, fitting)) : found',
    replace: 'found',
    tests: ['test/mcp/find-receipts.test.ts'],
  },
  {
    guard: 'MCP: a reader is offered what reads',
    promise: 'M2: a door for reading changes nothing',
    file: 'mcp/tools/offered.ts',
    find: '(isReadOnly(offer) ? reads : tools)',
    replace: 'tools',
    tests: ['test/mcp/read-only.test.ts'],
  },
  {
    guard: 'MCP: the latest clearing is one of the caller',
    promise: 'Q6: nobody takes back what another user has cleared',
    file: 'src/ledger/bulks/bulks.ts',
    find: "b.user_id = $2 and b.operation = 'clear_failed_jobs'",
    replace: "$2::bigint > 0 and b.operation = 'clear_failed_jobs'",
    tests: ['test/queue/clear-failed-jobs.test.ts'],
  },
];
