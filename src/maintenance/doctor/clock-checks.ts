import { lookAtAgent } from '../../agent/probe.ts';
import { lookAtEngine } from '../../engine/look.ts';
import type { Db } from '../../ledger/db.ts';
import { ask } from './ask.ts';
import { type Check, failed, fine, skipped, type Told } from './check.ts';
import type { Parts, Subject } from './subject.ts';

/** Two clocks, read as nearly at once as a call allows. */
interface Reading {
  readonly theirs: number;
  readonly ours: number;
}

/** An HTTP date says whole seconds. */
const roundedUp = (date: number) => date + 500;

function compared(whose: string, { theirs, ours }: Reading, limitMs: number): Told {
  const apart = theirs - ours;
  const seconds = (Math.abs(apart) / 1_000).toFixed(1);
  if (Math.abs(apart) <= limitMs) return fine(`${seconds} s apart`);
  return failed(
    'internal',
    `The clock of ${whose} is ${seconds} s ${apart > 0 ? 'ahead of' : 'behind'} ours.`,
    'On the machine whose clock is wrong: timedatectl set-ntp true',
  );
}

async function databaseTime(db: Db): Promise<Reading> {
  const sentAt = Date.now();
  const [row] = await db.query<{ ms: number }>('select extract(epoch from clock_timestamp())::float8 * 1000 as ms');
  return { theirs: row?.ms ?? 0, ours: (sentAt + Date.now()) / 2 };
}

/** Clocks that are far apart make time limits, signatures and certificates fail. */
export function clockChecks(parts: Parts, { limits }: Subject): Check[] {
  const { db, config, agentUrl } = parts;
  const check = (
    name: Check['name'],
    needs: NonNullable<Check['needs']>,
    whose: string,
    read: (signal: AbortSignal) => Promise<Reading | string>,
  ): Check => ({
    name,
    code: 'internal',
    limitMs: 10_000,
    needs,
    async look(signal) {
      const reading = await read(signal);
      return typeof reading === 'string' ? skipped(reading) : compared(whose, reading, limits.clockMs);
    },
  });
  return [
    check('clock-postgres', ['ledger'], 'PostgreSQL', () => databaseTime(db)),
    check('clock-temporal', ['temporal', 'namespace'], 'Temporal', async (signal) => {
      const reading = await lookAtEngine(parts.client, parts.engine).time(`${config.queue.name}-doctor`, signal);
      return reading ?? 'Temporal does not say its time.';
    }),
    check('clock-agent', ['agent'], 'the agent', async () => {
      const { date, at } = await lookAtAgent(agentUrl);
      return date === undefined ? 'The agent does not say its time.' : { theirs: roundedUp(date), ours: at };
    }),
    check('clock-images', [], 'the image store', async (signal) => {
      const { s3 } = config.images;
      if (s3 === undefined) return 'Images lie in a folder.';
      // What is wrong with the store is another look's to say; a clock that is far off is one such cause.
      const { date, at } = await ask(s3.endpoint, signal).catch(() => ({ date: undefined, at: 0 }));
      return date === undefined ? 'The store does not say its time.' : { theirs: roundedUp(date), ours: at };
    }),
  ];
}
