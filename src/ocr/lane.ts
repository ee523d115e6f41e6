// A lane: a process of its own that holds the networks and reads one picture at a time. Bytes of strangers are decoded only
// here, so whatever they do to a decoder ends with this process, which the service replaces.
import { loadModels } from './engine/models.ts';
import { AgentError } from './errors.ts';
import { extract } from './extract.ts';
import type { LaneMessage, LaneRequest } from './lanes/messages.ts';

const send = (message: LaneMessage): void => {
  process.send?.(message);
};

async function run(): Promise<void> {
  const modelsDir = process.argv[2];
  if (process.send === undefined || modelsDir === undefined) throw new Error('A lane is started by the OCR service.');
  // The service decides when to stop; Ctrl-C in a terminal reaches lanes too and must not cut a reading short.
  process.on('SIGINT', () => undefined);
  process.on('disconnect', () => process.exit(0));
  const models = await loadModels(modelsDir);
  process.on('message', (request: LaneRequest) => void answer(request));
  send({ event: 'ready' });

  async function answer({ id, bytes, withPage, country }: LaneRequest): Promise<void> {
    try {
      const { extraction, cost, page } = await extract(models, bytes, { withPage, country });
      send({ event: 'done', id, extraction, cost, page });
    } catch (error) {
      if (error instanceof AgentError) send({ event: 'refused', id, code: error.code, message: error.message });
      // An unknown error leaves the lane in an unknown state: it ends, and the service starts another.
      else process.exit(70);
    }
  }
}

run().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : 'The lane cannot start.';
  if (process.send === undefined) process.exit(70);
  process.send({ event: 'failed_to_load', message } satisfies LaneMessage, () => process.exit(70));
});
