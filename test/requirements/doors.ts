import { held, partly, type Requirements } from './requirement.ts';

/** How people, programs and agents reach it, the OCR agent, and security. */
export const doorRequirements: Requirements = {
  M1: held(
    'The same tools over stdio and HTTP, for clients of the older revisions and of 2026-07-28.',
    ['mcp/tools-over-http.test.ts', 'driven by the client %s'],
    ['mcp/relay.test.ts', 'relays every tool to the queue'],
    ['mcp/raw-wire.test.ts', 'the handshake of the older revisions'],
    ['mcp/end-to-end.test.ts', 'reads receipts to the end, over stdio and HTTP'],
  ),
  M2: partly(
    'Tools are cheap to list, have strict inputs and all four hints; answers are short and name the next call.',
    'five of the fifteen tools exist',
    ['mcp/tool-list.test.ts', 'costs a model at most 900 tokens'],
    ['mcp/tool-list.test.ts', 'gives every tool all four hints'],
    ['mcp/tool-list.test.ts', 'refuses unknown arguments in every input schema'],
    ['mcp/replies.test.ts', 'the size of a reply'],
  ),
  M4: held(
    'Text read from a receipt is marked, cleaned and capped where a model sees it.',
    ['mcp/untrusted.test.ts', 'reaches a model visible, on one line and capped'],
    ['mcp/untrusted.test.ts', 'cannot close the block that marks it'],
  ),
  M5: held(
    'stdio is a relay: many hosts, one queue, started when none runs, gone with its host.',
    ['mcp/relay.test.ts', 'starts exactly one for three hosts'],
    ['mcp/relay.test.ts', 'is neither a database client nor Temporal'],
    ['mcp/relay.test.ts', 'ends when its host is killed'],
  ),
  H1: held(
    'An upload stores the image, makes the receipt and queues its job; receipts are listed and shown.',
    ['http/uploads.test.ts', 'stores the image, makes the receipt and queues its job'],
    ['http/uploads.test.ts', 'takes none when one is bad'],
    ['http/replaced-routes.test.ts', 'pages through a user’s receipts'],
    ['http/replaced-routes.test.ts', 'gives one with its items'],
  ),
  H2: held(
    'The routes of the replaced system answer in its shapes.',
    ['http/replaced-routes.test.ts', 'is filled by process-all'],
    ['http/replaced-routes.test.ts', 'gives the job of one receipt'],
    ['http/replaced-routes.test.ts', 'makes a new generation of a job that has %s'],
    ['http/replaced-routes.test.ts', 'answers with the receipt’s words and its job'],
  ),
  H3: partly(
    'Every operation is a route, described by OpenAPI, with problems of stable codes.',
    'no Idempotency-Key and no rate limits yet',
    ['http/replaced-routes.test.ts', 'every operation for programs'],
    ['http/fuzz.test.ts', 'meets any arguments with an answer or with a problem'],
    ['http/bad-input.test.ts', 'names at most ten mistakes'],
  ),
  H5: held(
    'The typed client and the service have one interface, and pass one suite.',
    ['client/client.test.ts', 'the client over HTTP'],
    ['client/service.test.ts', 'the service itself'],
  ),
  H6: partly(
    'The command line has the operations, JSON everywhere, and exit codes by the kind of error.',
    'init, doctor, schedule, webhook, keys, review and engine are missing',
    ['cli/main.test.ts', 'queues, shows, cancels and retries a job'],
    ['cli/main.test.ts', 'a refusal'],
    ['verify/command.test.ts', 'and which job is wrong with exit 1'],
  ),
  O1: held(
    'The demo reads the shipped photos rightly, without a key or a server.',
    ['embedded/demo/whole.test.ts', 'reads every shipped receipt rightly in under a minute'],
    ['ocr/robustness.test.ts', 'reads merchant, date, total and items'],
  ),
  O2: held(
    'The agent is a service of its own, which the worker calls by the contract only.',
    ['agent/http-agent.test.ts', 'sends the contract'],
    ['architecture.test.ts', 'is what src, workflows, activities and mcp keep to'],
    ['ocr/service/lanes.test.ts', 'finishes what runs on SIGTERM'],
  ),
  O3: partly(
    'Accuracy and speed are measured by one command.',
    'the figures are kept by hand in docs/ocr.md; the tests hold only the shipped receipts',
    ['ocr/robustness.test.ts', 'gives the same totals'],
  ),
  O5: partly(
    'Sums are checked, and a doubtful reading marks the receipt for a person, with reasons.',
    'the calibration of confidence is measured, not tested',
    ['ledger/attempts.test.ts', 'marks a doubtful reading for a person'],
    ['ocr/fields/receipts.test.ts', 'gets a confidence that says how much agrees'],
    ['ocr/fields/receipts.test.ts', 'finds a minus that was not read by the sum'],
  ),
  O7: partly(
    'Each field comes with its region, its reading confidence and the rule that chose it.',
    'the MCP tools and a review page do not show it yet',
    ['ocr/fields/receipts.test.ts', 'gives region, reading confidence and rule'],
    ['http/region.test.ts', 'the evidence is with the receipt'],
  ),
  S1: partly(
    'A receipt of somebody else is answered exactly as an unknown one.',
    'there are no keys yet, so a caller may name any user',
    ['queue/enqueue.test.ts', 'exactly as for one that does not exist'],
    ['mcp/raw-wire.test.ts', 'never mixes up two callers'],
  ),
  S5: held(
    'An image is a key and never an address; hostile files are refused, and the reader is killed and replaced.',
    ['blobs/folder.test.ts', 'is never opened'],
    ['ocr/service/bad-input.test.ts', 'images that cannot be read'],
    ['ocr/service/bad-input.test.ts', 'refuses a link that leads out of the store'],
    ['ocr/lanes/limits.test.ts', 'is killed and replaced when a reading takes too long'],
    ['http/uploads.test.ts', 'a file that is refused'],
  ),
  S6: partly(
    'Logs and errors show nothing of callers, settings or receipts.',
    'what Temporal stores is not encrypted (it is ids only)',
    ['http/guard.test.ts', 'a log line without anything of the caller'],
    ['config.test.ts', 'is never repeated'],
    ['http/failures.test.ts', 'shows nothing of itself'],
  ),
};
