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

/** Forks a lane. It gets no secret of this process: only where programs are and how to allocate. */
export function startLane(modelsDir: string): ChildProcess {
  const entry = import.meta.url.endsWith('.ts') ? '../lane.ts' : '../lane.js';
  return fork(fileURLToPath(new URL(entry, import.meta.url)), [modelsDir], {
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
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}
