import { type Measured, PARTS, type Part } from './costs.ts';
import type { Load, Plan } from './plan.ts';
import type { Scene, Simulated } from './simulate.ts';

/** What people call a part. */
const TITLES: Readonly<Record<Part, string>> = {
  server: 'the API server',
  worker: 'the worker',
  ledger: 'PostgreSQL',
  temporal: 'Temporal',
};

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Decimal units, as disks are sold: 1,500 → "1.5 KB". */
function size(bytes: number): string {
  const step = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${short(bytes / 1_000 ** step)} ${UNITS[step]}`;
}

export function short(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(2)));
}

/** The measured cost of a job, by what it is paid in. */
export function costRows({ perJob }: Pick<Measured, 'perJob'>): [string, string][] {
  return [
    ...PARTS.map((part): [string, string] => [`processor time of ${TITLES[part]}`, `${short(perJob.cpuMs[part])} ms`]),
    ['transactions committed', short(perJob.commits)],
    ['write-ahead log', size(perJob.walBytes)],
    ['growth of the ledger', size(perJob.ledgerBytes)],
    ['history in Temporal, until its retention is over', size(perJob.historyBytes)],
  ];
}

export const loadTitle = ({ jobsPerSecond }: Load) => `${jobsPerSecond.toLocaleString('en')} jobs/s`;

/** What a plan needs, in the order in which an operator buys it. */
export function planRows(plan: Plan): [string, string][] {
  const machines = (part: Part) => `${short(plan.machines[part])} (${short(plan.busyCores[part])} busy processors)`;
  return [
    ['calls of the agent at once', short(plan.callsInFlight)],
    ['slots of workers', short(plan.slots)],
    ['worker processes', short(plan.workers)],
    ['machines for workers', machines('worker')],
    ['machines for the API', machines('server')],
    ['machines for PostgreSQL', machines('ledger')],
    ['ledgers', plan.ledgerLimit ? `${short(plan.ledgers)} (by ${plan.ledgerLimit})` : short(plan.ledgers)],
    ['machines for Temporal', machines('temporal')],
    ['history shards', short(plan.historyShards)],
    ['transactions', `${short(plan.commitsPerSecond)}/s`],
    ['write-ahead log', `${size(plan.walBytesPerSecond)}/s`],
    ['ledger grows by', `${size(plan.ledgerBytesPerDay)} a day`],
    ['Temporal’s database grows by', `${size(plan.historyBytesPerDay)} a day`],
    ['images', `${size(plan.imageBytesPerDay)} a day`],
  ];
}

const aligned = (rows: readonly (readonly [string, string])[]) => {
  const width = Math.max(...rows.map(([what]) => what.length));
  return rows.map(([what, value]) => `  ${what.padEnd(width)}  ${value}`);
};

export const costLines = (measured: Measured): string[] => [
  `One job, of ${measured.jobs.toLocaleString('en')} measured on ${measured.on} (${measured.machine}):`,
  ...aligned(costRows(measured)),
];

export const planLines = (plan: Plan): string[] => [
  `${loadTitle(plan.load)}, ${plan.load.readingSeconds} s a reading, machines of ${plan.load.cores} processors:`,
  ...aligned(planRows(plan)),
];

const seconds = (value: number) => (value < 1 ? `${short(value * 1_000)} ms` : `${short(value)} s`);

/** How long jobs wait, and how full it is. */
export function simulatedRows({ waitSeconds, utilisation, mostWaiting }: Simulated): [string, string][] {
  return [
    ['wait for the agent, half of the jobs', `≤ ${seconds(waitSeconds.p50)}`],
    ['95 of 100', `≤ ${seconds(waitSeconds.p95)}`],
    ['99 of 100', `≤ ${seconds(waitSeconds.p99)}`],
    ['slots taken', `${short(utilisation * 100)} %`],
    ['most jobs that waited at once', mostWaiting.toLocaleString('en')],
  ];
}

export const simulatedLines = (scene: Scene, simulated: Simulated): string[] => [
  `${scene.jobs.toLocaleString('en')} simulated jobs, ${scene.slots.toLocaleString('en')} slots, seed ${scene.seed}:`,
  ...aligned(simulatedRows(simulated)),
];
