import { installRuntime } from '../../src/engine/workers.ts';
import { testLog } from './log.ts';

let isInstalled = false;

/** Temporal's native core takes its settings once a process, which may run many test files. */
export function installTestRuntime(): void {
  if (!isInstalled) installRuntime(testLog);
  isInstalled = true;
}
