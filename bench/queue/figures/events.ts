import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type ClientRequest, request } from 'node:http';
import { createCursors } from '../../../src/feed/cursor.ts';
import type { Bench } from '../bench.ts';
import type { Figure } from '../figure.ts';
import { addReceipts, asOperator } from '../queue.ts';

const READERS = 100;
const EVENTS = 10_000;
const CONNECTIONS = 1_000;

interface Reader {
  readonly call: ClientRequest;
  readonly caughtUp: Promise<void>;
  /** Resolves with a digest of the ids, in the order in which they came. */
  told(count: number): Promise<string>;
  /** Of all events so far. */
  readonly ids: readonly string[];
}

/** One connection that reads what it is told. @param keepsIds whether they stay to be compared with the ledger */
function openReader(url: string, query: string, keepsIds: boolean): Reader {
  const ids: string[] = [];
  const digest = createHash('sha256');
  let seen = 0;
  let look = () => {};
  let rest = '';
  let caughtUp = () => {};
  let refuse = (_status: number) => {};
  const isCaughtUp = new Promise<void>((resolve, reject) => {
    caughtUp = resolve;
    refuse = (status) => reject(new Error(`A stream was answered with HTTP ${status}`));
  });
  const call = request(`${url}/events${query}`, { agent: false }, (answer) => {
    if (answer.statusCode !== 200) refuse(answer.statusCode ?? 0);
    answer.setEncoding('latin1');
    answer.on('data', (chunk: string) => {
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        if (block.includes('event: caught_up')) caughtUp();
        const [, id] = /^id: (\S+)\ndata: /.exec(block) ?? [];
        if (id === undefined) continue;
        seen += 1;
        digest.update(id);
        if (keepsIds) ids.push(id);
      }
      look();
    });
    answer.on('error', () => {});
  });
  call.on('error', () => {}).end();
  return {
    call,
    caughtUp: isCaughtUp,
    ids,
    told: (count) =>
      new Promise((resolve) => {
        look = () => {
          if (seen >= count) resolve(digest.copy().digest('hex'));
        };
        look();
      }),
  };
}

const rssMb = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;

/** What a process has computed so far; Linux counts in hundredths of a second. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function memoryOf(url: string, pid: number): Promise<number> {
  // One of them: a user may open no more.
  const first = openReader(url, '', false);
  await first.caughtUp;
  const before = rssMb(pid);
  const readers = Array.from({ length: CONNECTIONS - 1 }, () => openReader(url, '', false));
  await Promise.all(readers.map(({ caughtUp }) => caughtUp));
  const held = rssMb(pid) - before;
  for (const { call } of [first, ...readers]) call.destroy();
  return held;
}

/** The real server process, whose events come from this one; the queue is paused, so nothing else happens meanwhile. */
export async function measureEvents(bench: Bench): Promise<Figure[]> {
  const { queue, db, ledgerId } = bench.base;
  await queue.pauseQueue({ reason: 'events are measured' }, asOperator);
  try {
    const url = await bench.servers.startHttpServer(bench.settings);
    const pid = bench.servers.pidOf('server');
    const ids = await addReceipts(db, EVENTS);
    const held = await memoryOf(url, pid);

    const readers = Array.from({ length: READERS }, (_, nth) => openReader(url, '?types=enqueued', nth === 0));
    await Promise.all(readers.map(({ caughtUp }) => caughtUp));
    const cpuBefore = cpuSeconds(pid);
    await queue.enqueueBatchOcr({ receipt_ids: ids }, asOperator);
    const committedAt = performance.now();
    const digests = await Promise.all(readers.map(({ told }) => told(EVENTS)));
    const tookS = (performance.now() - committedAt) / 1_000;
    const cpuS = cpuSeconds(pid) - cpuBefore;
    const rows = await db.query<{ id: number }>(
      `select id from (select xid, id from pantry_queue.events where kind = 'enqueued' order by xid desc, id desc limit $1) e
       order by xid, id`,
      [EVENTS],
    );
    const cursors = createCursors(ledgerId);
    const told = readers[0]?.ids.map((id) => cursors.read(id).position.id) ?? [];
    const inOrder = new Set(digests).size === 1 && rows.every(({ id }, nth) => id === told[nth]);
    if (!inOrder || told.length !== EVENTS) throw new Error('readers were told other events than the ledger has');
    for (const { call } of readers) call.destroy();
    return [
      {
        id: 'events_memory',
        what: `memory of the server that ${CONNECTIONS} open streams hold`,
        unit: 'MB',
        value: held,
        bound: { atMost: 50 },
      },
      {
        id: 'events_readers',
        what: `${EVENTS} events to ${READERS} readers each, from the commit to the last one, in order`,
        unit: 's',
        value: tookS,
      },
      { id: 'events_cpu', what: 'CPU time of the server for them', unit: 's', value: cpuS },
    ];
  } finally {
    await queue.resumeQueue({}, asOperator);
  }
}
