import { cleanLine } from '../../contract/clean-text.ts';
import { type Job, readingIn } from '../../contract/fields.ts';
import type { AddedPhoto } from './photos.ts';

export interface Progress {
  /** The newest state of a job. */
  update(job: Job): void;
  /** The queue as a whole, for the last line of the display. */
  queue(live: { waiting: number; running: number }): void;
  /** A line that stays. */
  note(line: string): void;
  /** Leaves the last picture standing. */
  end(): void;
}

interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const ended: Readonly<Record<string, string>> = { finished: '✓', failed: '✗', canceled: '✗' };

/** A picture that redraws itself on a terminal; a line for each change of state anywhere else. */
export function createProgress(terminal: Terminal, photos: readonly AddedPhoto[]): Progress {
  const jobs = new Map<string, Job>();
  return terminal.isTTY ? picture(terminal, photos, jobs) : lines(terminal, photos, jobs);
}

function lines(terminal: Terminal, photos: readonly AddedPhoto[], jobs: Map<string, Job>): Progress {
  return {
    update(job) {
      const before = jobs.get(job.job_id);
      jobs.set(job.job_id, job);
      if (before?.status === job.status && before.phase === job.phase) return;
      const photo = photos.find(({ receiptId }) => receiptId === job.receipt_id);
      terminal.write(`${job.job_id} ${photo?.fileName ?? ''}: ${stateOf(job)}\n`);
    },
    queue: () => undefined,
    note: (line) => terminal.write(`${line}\n`),
    end: () => undefined,
  };
}

function picture(terminal: Terminal, photos: readonly AddedPhoto[], jobs: Map<string, Job>): Progress {
  const nameWidth = Math.max(...photos.map(({ fileName }) => fileName.length));
  let drawnLines = 0;
  let frame = 0;
  let summary = '';

  const erase = () => {
    if (drawnLines > 0) terminal.write(`\u001b[${drawnLines}A\u001b[J`);
    drawnLines = 0;
  };
  const draw = () => {
    const width = (terminal.columns ?? 80) - 1;
    const rows = photos.map(({ fileName, jobId, receiptId }) => {
      const job = [...jobs.values()].find((candidate) => candidate.receipt_id === receiptId);
      const mark = ended[job?.status ?? ''] ?? frames[frame % frames.length];
      return `${mark} ${fileName.padEnd(nameWidth)}  ${jobId.padEnd(8)} ${job ? `${stateOf(job)}${elapsed(job)}` : 'added'}`;
    });
    const text = [...rows, ...(summary === '' ? [] : [summary])].map((row) => `${[...row].slice(0, width).join('')}\n`);
    erase();
    terminal.write(text.join(''));
    drawnLines = text.length;
    frame += 1;
  };
  draw();
  const redraw = setInterval(draw, 120);

  return {
    update: (job) => void jobs.set(job.job_id, job),
    queue: ({ waiting, running }) => {
      summary = `  queue: ${waiting} waiting, ${running} running`;
    },
    note(line) {
      erase();
      terminal.write(`${line}\n`);
      draw();
    },
    end() {
      clearInterval(redraw);
      summary = '';
      draw();
    },
  };
}

function stateOf(job: Job): string {
  const { merchant_name, total_amount, currency } = readingIn(job) ?? {};
  if (merchant_name && total_amount)
    return `${job.status}: ${cleanLine(merchant_name, 30)} ${total_amount} ${currency ?? ''}`;
  const phase = job.phase ? `/${job.phase}` : '';
  const why = job.waiting_for ? ` (${cleanLine(job.waiting_for, 60)})` : '';
  return `${job.status}${phase}${why}`;
}

/** For how long a live job has been in the hands of the queue, or of the agent. */
function elapsed({ created_at, started_at, ended_at }: Job): string {
  if (ended_at) return '';
  const since = Date.parse(started_at ?? created_at);
  return `  ${Math.max(0, (Date.now() - since) / 1000).toFixed(1)} s`;
}
