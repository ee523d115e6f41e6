import nodeModule from 'node:module';
import { homedir } from 'node:os';
import path from 'node:path';

/** Node has it since 22.1. */
const { enableCompileCache } = nodeModule as { enableCompileCache?: (directory: string) => unknown };

/**
 * Has Node keep what it compiled, so that the next command starts sooner. In the user's own cache: Node's default is a
 * folder of the system that others can write to. Where it cannot be written, nothing is kept.
 */
export function keepCompiledCode(env: Readonly<Record<string, string | undefined>>): void {
  const caches = env.XDG_CACHE_HOME || (homedir() && path.join(homedir(), '.cache'));
  const own = env.PANTRY_QUEUE_CACHE || (caches && path.join(caches, 'pantry-queue'));
  if (own) enableCompileCache?.(path.resolve(own, 'compiled'));
}
