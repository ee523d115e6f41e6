import type { Sabotage } from './row.ts';

const isolation = ['test/http/event-isolation.test.ts'];
const ofStream = ['test/http/events.test.ts'];
const ofOrder = ['test/http/event-order.test.ts'];

/** The guards of the stream of events: who is told, that nothing is skipped, and that all of it is bounded. */
export const EVENTS_SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'the tenant of an event',
    promise: 'S3: no event reaches another tenant',
    file: 'src/feed/filter.ts',
    find: '    event.tenant === tenant &&\n',
    replace: "    tenant !== '' &&\n",
    tests: isolation,
  },
  {
    guard: 'the owner of an event',
    promise: 'S3: no event reaches another user',
    file: 'src/feed/filter.ts',
    find: 'userId === undefined || event.userId === userId',
    replace: 'userId === undefined || event.userId === userId || userId > 0',
    tests: isolation,
  },
  {
    guard: 'the audience of an event',
    promise: 'S3: owners are not told what is for operators',
    file: 'src/queue/events.ts',
    find: "EVENTS[kind].audience === 'owner' || ",
    replace: "EVENTS[kind].audience !== 'nobody' || ",
    tests: isolation,
  },
  {
    guard: 'the owner of a job that a stream is filtered by',
    promise: 'S1: somebody else’s job is answered like none',
    file: 'src/queue/events.ts',
    find: 'await readOwnJob(caller, job, job_id);',
    replace: 'void readOwnJob;',
    tests: isolation,
  },
  {
    guard: 'what the kind of an event declares',
    promise: 'I9: no other field of an event leaves',
    file: 'src/contract/event-message.ts',
    find: 'dataSchema ? strip(dataSchema, data) : null',
    replace: 'dataSchema || strip ? data : null',
    tests: ['test/contract/event-message.test.ts'],
  },
  {
    guard: 'the place that a browser comes back with',
    promise: 'H4: a reader that comes back misses nothing',
    file: 'src/http/event-stream.ts',
    find: "...(last === '' ? {} : { after: last })",
    replace: "...(last === '' ? {} : {})",
    tests: ofStream,
  },
  {
    guard: 'the cursor of a comment',
    promise: 'H4: a reader whose stream is quiet does not fall behind',
    file: 'src/http/event-stream.ts',
    find: '`:\\nid: ${cursor}\\n\\n`',
    replace: '`:${cursor.slice(0, 0)}\\n\\n`',
    tests: ofStream,
  },
  {
    guard: 'the end of streams when their server stops',
    promise: 'H4: a stream ends with a cursor, and no stop waits for it',
    file: 'src/http/event-stream.ts',
    find: 'for (const signal of [gone, closing])',
    replace: 'for (const signal of [gone])',
    tests: ofStream,
  },
  {
    guard: 'a resync where events are missing',
    promise: 'H4: a reader that may have missed events is told so',
    file: 'src/queue/events.ts',
    find: "  if (code === 'cursor_expired') return code;\n",
    replace: '',
    tests: ofStream,
  },
  {
    guard: 'the streams of one user',
    promise: 'I11: nobody takes the places of all',
    file: 'src/feed/places.ts',
    find: 'if (own >= FEED.subscriptionsPerUser)',
    replace: 'if (own >= FEED.subscriptionsPerUser * 1_000)',
    tests: ofStream,
  },
  {
    guard: 'one read of a page for all who stand at the same place',
    promise: 'I11: readers who are behind do not multiply the reads',
    file: 'src/feed/pages.ts',
    find: 'reading.get(key) ?? read(after)',
    replace: 'read(after)',
    tests: ofOrder,
    only: '\\[I11\\]',
  },
  {
    guard: 'pages for a few at a time',
    promise: 'I11: streams take no connections from other calls',
    file: 'src/feed/pages.ts',
    find: 'atMost(FEED.catchUps)',
    replace: 'atMost(FEED.catchUps * 1_000)',
    tests: ['test/feed/pages.test.ts'],
  },
];
