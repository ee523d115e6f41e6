import type { Sabotage } from './row.ts';

const epochs = 'src/ledger/functions/epochs.sql';
const ofEpochs = ['test/feed/epochs.test.ts'];
const ofRetention = ['test/feed/retention.test.ts'];

/** The guards of the feed: each event once, in order, and bounded. */
export const FEED_SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'events that are final',
    promise: 'I4: a reader skips no transaction that commits late',
    file: 'src/ledger/feed.ts',
    find: "const FINAL = page('e.xid < pg_snapshot_xmin(pg_current_snapshot())');",
    replace: "const FINAL = page('true');",
    tests: ['test/feed/late-commits.test.ts'],
  },
  {
    guard: 'an epoch that begins between transactions',
    promise: 'I4: no transaction has events on both sides',
    file: epochs,
    find: '  lock table pantry_queue.events in share row exclusive mode;\n',
    replace: '',
    tests: ofEpochs,
  },
  {
    guard: 'an epoch that begins behind the last restored event',
    promise: 'I4: what was accepted before the first start is new',
    file: epochs,
    find: 'e.id >= present.first_id and e.xid >= pg_snapshot_xmax(snapshot)',
    replace: 'false',
    tests: ofEpochs,
  },
  {
    guard: 'the name of the cluster in a cursor',
    promise: 'I4: a cursor of a restore that was given up is not believed',
    file: 'src/feed/reader.ts',
    find: '!of || clusterTagOf(of.cluster) !== clusterTag',
    replace: '!of || clusterTag < 0 || clusterTagOf(of.cluster) < 0',
    tests: ofEpochs,
  },
  {
    guard: 'the seal of a cursor',
    promise: 'I4: a cursor that was changed, or of another ledger, is refused',
    file: 'src/feed/cursor.ts',
    find: 'timingSafeEqual(bytes.subarray(BYTES), seal(body)) &&',
    replace: 'timingSafeEqual(seal(body), seal(body)) &&',
    tests: ['test/feed/cursor.test.ts'],
  },
  {
    guard: 'the floor that retention leaves',
    promise: 'I4: a reader that missed events is told so',
    file: 'src/feed/reader.ts',
    find: 'comparePositions(after, facts.floor) < 0',
    replace: 'comparePositions(after, facts.floor) === 0.5',
    tests: ofRetention,
  },
  {
    guard: 'retention that waits until events are final',
    promise: 'I4: no event goes before a reader could see it',
    file: 'src/ledger/retention.ts',
    find: '(${NOT_IN_HISTORY} or ${NOT_TOLD})',
    replace: '${NOT_TOLD}',
    tests: [...ofRetention, 'test/feed/history.test.ts'],
  },
  {
    guard: 'a bound on the events that are held for everybody',
    promise: 'I11: memory stays bounded, however slow a reader is',
    file: 'src/feed/recent.ts',
    find: 'Math.max(0, events.length - limit)',
    replace: '0',
    tests: ['test/feed/subscription.test.ts', ...ofRetention],
  },
  {
    guard: 'news of events that are not final',
    promise: 'P9: somebody else’s transaction holds up no wait',
    file: 'src/feed/create-feed.ts',
    find: '        hinted: seen,\n',
    replace: '',
    tests: ['test/feed/subscription.test.ts'],
  },
  {
    guard: 'reads for a wait only where its job has ended',
    promise: 'I11: a thousand who wait cost one read',
    file: 'src/queue/wait.ts',
    find: 'if (hasNews(watch, events)) look(watch);',
    replace: 'look(watch);',
    tests: ['test/queue/wait.test.ts', 'test/feed/waits.test.ts'],
  },
];
