import { parseArgs } from 'node:util';
import { orUsage } from './or-usage.ts';
import type { Bench, Measure } from './queue/bench.ts';
import type { Figure } from './queue/figure.ts';
import { measureBatch, measureEnqueue, measureParallelEnqueue } from './queue/figures/accept.ts';
import { measureBreaker } from './queue/figures/breaker.ts';
import { measureCron } from './queue/figures/cron.ts';
import { measureEvents } from './queue/figures/events.ts';
import { measureExecution } from './queue/figures/execute.ts';
import { measureFairness } from './queue/figures/fairness.ts';
import { measureHttp } from './queue/figures/http.ts';
import { measureMcp } from './queue/figures/mcp.ts';
import { measureMoney } from './queue/figures/money.ts';
import { measureRedrive } from './queue/figures/redrive.ts';
import { measureScale } from './queue/figures/scale.ts';
import { measureStatus } from './queue/figures/status.ts';
import { measureWebhooks } from './queue/figures/webhooks.ts';
import { printFigure } from './queue/print.ts';
import { openQueue, settingsFor } from './queue/queue.ts';
import { createRawRows } from './queue/raw-rows.ts';
import { startServers } from './queue/servers.ts';

const GROUPS: Readonly<Record<string, Measure>> = {
  enqueue: measureEnqueue,
  parallel: measureParallelEnqueue,
  batch: measureBatch,
  status: measureStatus,
  http: measureHttp,
  mcp: measureMcp,
  events: measureEvents,
  execution: measureExecution,
  fairness: measureFairness,
  breaker: measureBreaker,
  cron: measureCron,
  redrive: measureRedrive,
  money: measureMoney,
  webhooks: measureWebhooks,
  scale: measureScale,
};

const USAGE = `npm run bench:queue -- [--full] [--json] [--only ${Object.keys(GROUPS).join(',')}]`;

const { values: options } = orUsage(USAGE, () =>
  parseArgs({
    options: {
      full: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      only: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  }),
);

/** @throws RangeError when there is no such group */
function asked(only: string | undefined): readonly string[] {
  const names = only?.split(',') ?? Object.keys(GROUPS);
  const unknown = names.find((name) => !Object.hasOwn(GROUPS, name));
  if (unknown === undefined) return names;
  throw new RangeError(`--only has "${unknown}"; there are ${Object.keys(GROUPS).join(', ')}.`);
}

async function measureAll(names: readonly string[]): Promise<Figure[]> {
  const say = (sentence: string) => process.stderr.write(`${sentence}\n`);
  say('Starting PostgreSQL and Temporal');
  const servers = await startServers();
  try {
    const { databaseUrl, imageDir, engine } = servers;
    const settings = settingsFor({ databaseUrl, imageDir, engine, agentSlots: 1 });
    const base = await openQueue(settings);
    const raw = await createRawRows(base.db);
    const bench: Bench = { servers, settings, base, raw, full: options.full, say };
    try {
      const figures: Figure[] = [];
      for (const name of names) {
        say(`Measuring ${name}`);
        for (const figure of (await GROUPS[name]?.(bench)) ?? []) {
          figures.push(figure);
          if (!options.json) printFigure(figure);
        }
      }
      return figures;
    } finally {
      await base.close();
    }
  } finally {
    await servers.stop();
  }
}

const names = orUsage(USAGE, () => asked(options.only));
if (options.help) console.log(USAGE);
else {
  const figures = await measureAll(names);
  if (options.json) console.log(JSON.stringify({ full: options.full, figures }, null, 2));
}
