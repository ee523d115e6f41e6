import { taskQueuesOf } from '../../contract/names.ts';
import { type EngineLook, lookAtEngine } from '../../engine/look.ts';
import { obstacleTo, placeOf } from './ask.ts';
import { type Check, failed, fine, type Told } from './check.ts';
import type { Parts } from './subject.ts';

async function pollers({ config }: Parts, look: EngineLook): Promise<Told | Told[]> {
  const queues = taskQueuesOf(config.queue.name);
  const found = [await look.pollers(queues.ocr, 'workflow'), await look.pollers(queues.agent, 'activity')];
  const silent = found.filter(({ pollers: seen }) => seen.length === 0);
  if (silent.length === 0) return fine(found.map(({ name, pollers: seen }) => `${name}: ${seen.length}`).join(', '));
  return silent.map(({ name }) =>
    failed(
      'part_failed',
      `No worker asks Temporal for tasks of ${name}.`,
      'Start one, with the same QUEUE_NAME and TEMPORAL_NAMESPACE: pantry-queue worker',
    ),
  );
}

/** gRPC goes on trying to connect and tells nobody why, so the socket is looked at first. */
async function temporal(address: string, engine: EngineLook, signal: AbortSignal): Promise<Told> {
  const { host, port } = placeOf(address);
  const obstacle = await obstacleTo(host, port, signal);
  return obstacle === undefined
    ? fine(`Temporal ${await engine.serverVersion()} at ${address}`)
    : failed(
        'engine_unavailable',
        `Temporal at ${address} cannot be reached (${obstacle}).`,
        'Start it there, or name its address in TEMPORAL_ADDRESS; a look from here: temporal operator cluster health',
      );
}

/** What is asked of Temporal; nothing is added to it. */
export function engineChecks(parts: Parts): Check[] {
  const engine = lookAtEngine(parts.client, parts.engine);
  const { address, namespace } = parts.engine;
  const check = (
    name: Check['name'],
    needs: readonly Check['name'][],
    look: (signal: AbortSignal) => Promise<Told | readonly Told[]>,
  ): Check => ({
    name,
    code: 'engine_unavailable',
    limitMs: 12_000,
    needs: needs as NonNullable<Check['needs']>,
    look,
  });
  return [
    check('temporal', [], (signal) => temporal(address, engine, signal)),
    check('namespace', ['temporal'], async () => {
      const { retentionDays } = await engine.namespace();
      return fine(`${namespace}, retention ${retentionDays} d`);
    }),
    check('attributes', ['temporal', 'namespace'], async () => {
      const { missing, mistyped } = await engine.searchAttributes();
      if (mistyped.length > 0) {
        return failed(
          'engine_misconfigured',
          `The namespace has ${mistyped.join(', ')} with another type.`,
          `Remove it there, and start a worker, which adds it: temporal operator search-attribute remove --namespace ${namespace} --name ${mistyped[0]}`,
        );
      }
      return missing === undefined ? fine('All are there.') : failed(missing.code, missing.message, missing.hint);
    }),
    check('pollers', ['temporal', 'namespace'], () => pollers(parts, engine)),
  ];
}
