import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** JavaScript heap of a lane. Pictures and networks live outside it. */
const MAX_HEAP_MB = 256;

// glibc keeps freed memory in one arena a thread and grows its thresholds by itself; pictures of tens of megabytes then stay
// allocated for good (742 MB at the peak instead of 395). Blocks below 2 MB are kept: to fetch each anew took a fifth of a reading.
const ALLOCATOR_ENV = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_TRIM_THRESHOLD_: String(32 * 1024 * 1024),
  MALLOC_MMAP_THRESHOLD_: String(2 * 1024 * 1024),
  MALLOC_TOP_PAD_: String(1024 * 1024),
} as const;

/** Last words of a lane that are kept: an error with its stack, or what the engine prints when its memory is full. */
const MAX_LAST_WORDS = 4_000;

/**
 * Forks a lane. It gets no secret of this process: only where programs are and how to allocate.
 * @param onLastWords what it wrote itself, after it has ended: of a lane that met no fault of its own, nothing
 */
export function startLane(modelsDir: string, onLastWords: (words: string) => void): ChildProcess {
  const entry = import.meta.url.endsWith('.ts') ? '../lane.ts' : '../lane.js';
  const child = fork(fileURLToPath(new URL(entry, import.meta.url)), [modelsDir], {
    execArgv: [
      ...process.execArgv.filter((flag) => !flag.startsWith('--inspect')),
      `--max-old-space-size=${MAX_HEAP_MB}`,
    ],
    env: {
      ...ALLOCATOR_ENV,
      PATH: process.env.PATH ?? '',
      UV_THREADPOOL_SIZE: '2',
      OCR_RUNTIME_DIR: process.env.OCR_RUNTIME_DIR ?? '',
    },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (more: string) => {
    words = (words + more).slice(-MAX_LAST_WORDS);
  });
  child.once('close', () => {
    if (words !== '') onLastWords(words);
  });
  return child;
}
