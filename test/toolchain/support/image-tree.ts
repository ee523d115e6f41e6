import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureArtifact } from '#artifacts';
import { layOutImage } from '../../../scripts/image.mjs';
import { type Stage, stageOf } from './dockerfile.ts';

/** Somebody who owns no file of the image, as `docker run --user` may name. */
const STRANGER = 12_345;
const root = path.resolve(import.meta.dirname, '../../..');

/** An image of the Dockerfile as a folder, and its programs as processes. */
export interface ImageTree {
  readonly stage: Stage;
  /** A path inside of the image, on this machine. */
  place(file: string): string;
  /**
   * The image's entry with these words (its own CMD without), under a user who owns nothing, with no home of its own, a
   * root that it cannot write to, and no environment but the image's and this one.
   */
  start(words: readonly string[] | undefined, env: Readonly<Record<string, string>>): ImageProcess;
  /** Any program of the image, as a health check is. */
  run(command: readonly string[], env?: Readonly<Record<string, string>>): ImageProcess;
  remove(): void;
}

export interface ImageProcess {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exited: Promise<number | null>;
  /** Until it has written this; throws what it wrote when it ends before. */
  wrote(text: string): Promise<void>;
}

const SOURCES: Readonly<Record<string, (to: string) => Promise<void> | void>> = {
  'build /image/queue/': (to) => layOutImage('queue', to),
  'build /image/agent/': (to) => layOutImage('agent', to),
  'models /image/ocr-models/': async (to) => cpSync(await ensureArtifact('ocr-models'), to, { recursive: true }),
};

/** Lays out what the COPY lines of a stage of the Dockerfile bring, where the Dockerfile brings it from. */
export async function layOutStage(target: string): Promise<ImageTree> {
  const stage = stageOf(readFileSync(path.join(root, 'Dockerfile'), 'utf8'), target);
  const top = mkdtempSync(path.join(tmpdir(), 'pantry-image-'));
  const place = (file: string) => (file.startsWith('/') ? path.join(top, file) : file);
  chmodSync(top, 0o755);
  for (const { from, to } of stage.copies) {
    const bring = SOURCES[from];
    if (!bring) throw new Error(`The Dockerfile copies "${from}", which this helper cannot lay out.`);
    mkdirSync(place(to), { recursive: true });
    await bring(place(to));
  }
  for (const folder of ['/tmp', ...stage.writable]) {
    mkdirSync(place(folder), { recursive: true });
    chmodSync(place(folder), 0o1777);
  }
  // Who is not root owns the tree: then nobody may write to it.
  if (process.getuid?.() !== 0) execFileSync('chmod', ['-R', 'a-w', ...stage.copies.map(({ to }) => place(to))]);

  const own = Object.fromEntries(Object.entries(stage.env).map(([name, value]) => [name, place(value)]));
  function run([program = '', ...args]: readonly string[], env: Readonly<Record<string, string>> = {}): ImageProcess {
    const command = program === 'node' ? process.execPath : place(program);
    const child = spawn(command, args.map(inside), {
      cwd: place(stage.workdir),
      env: { ...own, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(process.getuid?.() === 0 && { uid: STRANGER, gid: STRANGER }),
    });
    return watched(child);
  }
  /** A path of the image, alone or behind `--flag=`. */
  const inside = (word: string) =>
    word.replace(/(?<=^|=)\/.*$/, (file) =>
      stage.folders.some((folder) => `${file}/`.startsWith(folder)) ? place(file) : file,
    );
  return {
    stage,
    place,
    run,
    start: (words, env) => run([...stage.entrypoint, ...(words ?? stage.cmd)], env),
    remove() {
      execFileSync('chmod', ['-R', 'u+w', top]);
      rmSync(top, { recursive: true, force: true });
    },
  };
}

/** A process whose output is kept and may be waited for. */
export function watched(child: ChildProcess): ImageProcess {
  let text = '';
  const told = new EventEmitter().setMaxListeners(0);
  const take = (chunk: Buffer) => {
    text += chunk.toString();
    told.emit('more');
  };
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    child,
    output: () => text,
    exited,
    wrote: (words) =>
      new Promise((resolve, reject) => {
        const look = () => text.includes(words) && resolve();
        told.on('more', look);
        look();
        void exited.then((code) => reject(new Error(`It ended with ${code} and never wrote "${words}":\n${text}`)));
      }),
  };
}
