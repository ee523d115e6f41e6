import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/**
 * Gives the memory of decoders that are done back to the system. It is tens to hundreds of megabytes of which the collector
 * sees a few objects, so by itself it would come much later, and the process would be ended as one that runs wild.
 */
export function collectModules(): void {
  if (!collect) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
}
