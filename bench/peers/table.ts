import type { Peer, Sizes } from './peers.ts';

/** What the program of a peer found. Names of milliseconds end in `Ms`, of seconds in `S`, of megabytes in `Mb`. */
export type Figures = Readonly<Record<string, number | undefined>>;

/** A peer that was measured, or why it was not. */
export type Outcome =
  | { readonly peer: Peer; readonly figures: Figures }
  | { readonly peer: Peer; readonly leftOut: string };

export interface Row {
  readonly name: string;
  cell(peer: Peer, figures: Figures): string;
}

const NONE = '–';
const number = (value: number | undefined): string => {
  if (value === undefined) return NONE;
  if (value >= 1_000) return Math.round(value).toLocaleString('en');
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
};
const figure = (name: string, of: string): Row => ({ name, cell: (_peer, figures) => number(figures[of]) });

/** What the killed worker had begun, and what became of it. */
function afterKill({ finishedS, unfinished, doubled }: Figures, killed: number): string {
  if (unfinished === undefined) return NONE;
  const time = unfinished > 0 ? `${unfinished} of ${killed} not done` : `${number(finishedS)} s`;
  return doubled === 0 ? time : `${time}, ${doubled} done twice`;
}

/** A process that holds fewer calls than were wanted counts as often as they need. */
function memory({ heldMb, held }: Figures, wanted: number): string {
  if (heldMb === undefined || !held) return NONE;
  return `${number((heldMb * wanted) / held)}${held < wanted ? ` (${held} measured)` : ''}`;
}

/** The comparison's rows, in order. */
export const rowsFor = ({ batch, held, killed, killedLimitMs }: Sizes): readonly Row[] => [
  { name: 'on disk when enqueue answers', cell: ({ onDisk }) => onDisk },
  figure('enqueue, ms (median)', 'enqueueMs'),
  figure('enqueue, ms (99 of 100)', 'enqueue99Ms'),
  figure('enqueued a second, 16 callers', 'enqueuedPerS'),
  figure(`batch of ${batch.toLocaleString('en')}, s`, 'batchS'),
  figure('status, ms', 'statusMs'),
  figure('counts with that batch waiting, ms', 'countsMs'),
  figure('empty jobs done a second', 'drainedPerS'),
  figure('enqueue to start when idle, ms', 'idleMs'),
  { name: `worker with ${held} calls open, MB`, cell: (_peer, figures) => memory(figures, held) },
  {
    name: `worker killed in ${killed} jobs: all done after (${killedLimitMs / 1_000} s waited)`,
    cell: (_peer, figures) => afterKill(figures, killed),
  },
];

const escaped = (text: string) => text.replaceAll('|', '\\|');

/** The table as Markdown, and below it a line for each peer that was left out. */
export function tableOf(rows: readonly Row[], outcomes: readonly Outcome[]): string {
  const measured = outcomes.filter((outcome) => 'figures' in outcome);
  const lines = [
    ['', ...measured.map(({ peer }) => peer.title)],
    ...rows.map(({ name, cell }) => [name, ...measured.map(({ peer, figures }) => cell(peer, figures))]),
  ].map((line) => line.map(escaped));
  const widths = (lines[0] ?? []).map((_, at) => Math.max(3, ...lines.map((line) => (line[at] ?? '').length)));
  const text = (line: readonly string[]) => `| ${line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = lines;
  const table =
    measured.length === 0
      ? []
      : [text(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...body.map(text)];
  const missing = outcomes.flatMap((outcome) =>
    'leftOut' in outcome ? [`Left out: ${outcome.peer.title}. ${outcome.leftOut}`] : [],
  );
  return [...table, ...(missing.length === 0 ? [] : ['', ...missing])].join('\n');
}

const MARKS = ['<!-- figures: npm run bench:peers -- --write -->', '<!-- /figures -->'] as const;

/** The page with the table between its marks. @throws Error where the page has no marks */
export function pageWith(page: string, table: string): string {
  const [from, to] = MARKS.map((mark) => page.indexOf(mark));
  if (from === undefined || to === undefined || from < 0 || to < from)
    throw new Error(`The page has no ${MARKS.join(' … ')}.`);
  return `${page.slice(0, from + MARKS[0].length)}\n${table}\n${page.slice(to)}`;
}
