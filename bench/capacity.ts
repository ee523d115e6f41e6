import { parseArgs } from 'node:util';
import { keepCosts, measuredCosts } from './capacity/costs.ts';
import { measureCosts } from './capacity/measure.ts';
import { planFor } from './capacity/plan.ts';
import { costLines, planLines, simulatedLines } from './capacity/print.ts';
import { simulate } from './capacity/simulate.ts';
import { orUsage } from './or-usage.ts';

const USAGE = `npm run bench:capacity -- [--jobs-per-second 10] [--reading-seconds 2] [--image-kb 300] [--cores 16]
    [--slots N] [--spread 0.5] [--simulated-jobs 200000] [--seed 1] [--measure] [--json]

Says what a load needs, from what one job costs, and simulates how long jobs wait. --measure runs a thousand jobs here
first, and keeps what they cost in bench/capacity/measured.json (Linux only).`;

const { values: options } = orUsage(USAGE, () =>
  parseArgs({
    options: {
      'jobs-per-second': { type: 'string', default: '10' },
      'reading-seconds': { type: 'string', default: '2' },
      'image-kb': { type: 'string', default: '300' },
      cores: { type: 'string', default: '16' },
      slots: { type: 'string' },
      spread: { type: 'string', default: '0.5' },
      'simulated-jobs': { type: 'string', default: '200000' },
      seed: { type: 'string', default: '1' },
      measure: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }),
);

/** @throws when an option is no number within its bounds */
function number(name: Exclude<keyof typeof options, 'measure' | 'json' | 'help'>, least: number, most: number): number {
  const value = Number(options[name]);
  if (Number.isFinite(value) && value >= least && value <= most) return value;
  throw new RangeError(`--${name} is "${options[name]}"; it must be from ${least} to ${most}.`);
}

async function main(): Promise<void> {
  const load = orUsage(USAGE, () => ({
    jobsPerSecond: number('jobs-per-second', 0.001, 1e6),
    readingSeconds: number('reading-seconds', 0.01, 3_600),
    imageBytes: number('image-kb', 1, 1e6) * 1_000,
    cores: number('cores', 1, 1_024),
  }));
  if (options.measure) keepCosts(await measureCosts((sentence) => process.stderr.write(`${sentence}\n`)));
  const measured = measuredCosts();
  const plan = planFor(load, measured);
  const scene = orUsage(USAGE, () => ({
    ...load,
    slots: options.slots === undefined ? plan.slots : number('slots', 1, 1e7),
    spread: number('spread', 0, 5),
    handoverSeconds: 0.035,
    jobs: number('simulated-jobs', 1_000, 1e7),
    seed: number('seed', 0, 2 ** 32 - 1),
  }));
  const simulated = simulate(scene);
  if (options.json) return void console.log(JSON.stringify({ measured, plan, scene, simulated }, null, 2));
  for (const line of [...costLines(measured), '', ...planLines(plan), '', ...simulatedLines(scene, simulated)]) {
    console.log(line);
  }
}

if (options.help) console.log(USAGE);
else await main();
