/** What is measured of one peer, as one line of JSON: node measure.mjs NAME SIZES */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { now } from './handler.mjs';
import { different, openJobLog } from './job-log.mjs';
import { killTree, memoryMb } from './processes.mjs';
import { enqueuedAt, quantile, timed, timedParallel } from './timing.mjs';

const [name, text] = process.argv.slice(2);
const sizes = JSON.parse(text);
const WORKER = fileURLToPath(new URL('./worker.mjs', import.meta.url));
const namespace = `peer_${name.replaceAll('-', '_')}_${Date.now().toString(36)}`;
const PATIENCE_MS = 60_000;

const log = openJobLog(process.env.PEERS_DIR);
let jobs = 0;
const many = (count) =>
  Array.from({ length: count }, () => ({ receipt_id: ++jobs, image_path: 'minio://receipts/peer.jpg', user_id: 1 }));

const workers = new Set();

/** As many processes as it needs for its slots; a queue whose worker another process started names that one. */
function startWorkers(peer) {
  if (peer.runningWorker) return [peer.runningWorker()];
  const one = () => spawn(process.execPath, [WORKER, name, namespace, String(sizes.slots)], { stdio: 'ignore' });
  const started = Array.from({ length: peer.processes ?? 1 }, () => (peer.startWorker?.(namespace) ?? one()).pid);
  for (const pid of started) workers.add(pid);
  return started;
}

const kill = (pids) => pids.forEach(killTree);

async function enqueueSome(client, count) {
  await client.prepare?.(count);
  await client.batch(many(count));
}

async function idle(client) {
  await client.prepare?.(sizes.idle);
  const waits = [];
  for (const job of many(sizes.idle)) {
    log.clear();
    const begun = await enqueuedAt(client, job);
    if (await log.until(({ begins }) => begins().length > 0, PATIENCE_MS)) waits.push(log.begins()[0].at - begun);
    await sleep(100);
  }
  return { idleMs: quantile(waits, 0.5) };
}

async function drain(client) {
  log.clear();
  await enqueueSome(client, sizes.drain);
  await log.until(({ ends }) => different(ends()) >= sizes.drain, 2 * PATIENCE_MS);
  const [first] = log.begins();
  const ends = log.ends();
  return { drainedPerS: (different(ends) / (ends.at(-1).at - first.at)) * 1000 };
}

async function memory(client, pids) {
  log.clear();
  log.jobMs(sizes.heldMs);
  await enqueueSome(client, sizes.held);
  const isFull = ({ begins, ends }) => begins().length - ends().length >= sizes.held;
  // A process of RQ holds one call: what is full below the number is as full as it gets.
  await log.until(isFull, sizes.heldMs - 1_500);
  const held = log.begins().length - log.ends().length;
  const megabytes = memoryMb(pids);
  log.jobMs(0);
  await log.until(({ ends }) => different(ends()) >= sizes.held, 2 * PATIENCE_MS);
  return megabytes === undefined ? { held } : { held, heldMb: megabytes };
}

/** The worker is killed while jobs run, and another started at once. */
async function death(client, peer, pids) {
  log.clear();
  log.jobMs(2_000);
  await enqueueSome(client, sizes.killed);
  await log.until(({ begins }) => begins().length >= sizes.killed, PATIENCE_MS);
  await sleep(500);
  const cut = log.begins().length - log.ends().length;
  const at = now();
  kill(pids);
  const next = peer.runningWorker ? [] : startWorkers(peer);
  await log.until(({ ends }) => different(ends()) >= sizes.killed, sizes.killedLimitMs);
  const ends = log.ends();
  const finished = different(ends);
  log.jobMs(0);
  const unfinished = sizes.killed - finished;
  const seconds = unfinished > 0 ? {} : { finishedS: (Math.max(...ends.map((each) => each.at)) - at) / 1000 };
  return { next, figures: { cut, unfinished, doubled: ends.length - finished, ...seconds } };
}

async function accepting(client) {
  await client.prepare?.(3 * sizes.enqueue + sizes.batch);
  const each = await timed(client, 'enqueue', many(sizes.enqueue));
  const parallelMs = await timedParallel(client, 'enqueue', many(2 * sizes.enqueue), 16);
  const batch = await timed(client, 'batch', [many(sizes.batch)]);
  return {
    enqueueMs: quantile(each.spans, 0.5),
    enqueue99Ms: quantile(each.spans, 0.99),
    enqueuedPerS: (2 * sizes.enqueue * 1000) / parallelMs,
    batchS: batch.spans[0] / 1000,
    ...(peer.acceptsOnly ? {} : await asked(client, each.answers)),
  };
}

/** With all that the batch has left waiting. */
async function asked(client, ids) {
  const status = await timed(client, 'status', ids);
  const counts = await timed(
    client,
    'counts',
    Array.from({ length: sizes.counts }, () => null),
  );
  return { statusMs: quantile(status.spans, 0.5), countsMs: quantile(counts.spans, 0.5) };
}

async function executing(client, peer) {
  let pids = startWorkers(peer);
  log.clear();
  await enqueueSome(client, 1);
  if (!(await log.until(({ ends }) => ends().length > 0, PATIENCE_MS))) throw new Error('Its worker began no job.');
  const figures = { ...(await idle(client)), ...(await drain(client)), ...(await memory(client, pids)) };
  const killed = await death(client, peer, pids);
  pids = killed.next;
  kill(pids);
  return { ...figures, ...killed.figures };
}

const peer = await import(`./adapters/${name}.mjs`);
log.jobMs(0);
const client = await peer.open(namespace);
try {
  const executed = peer.acceptsOnly ? {} : await executing(client, peer);
  await client.pause?.();
  process.stdout.write(`${JSON.stringify({ ...executed, ...(await accepting(client)) })}\n`);
} finally {
  kill([...workers]);
  await client.close();
}
process.exit(0);
