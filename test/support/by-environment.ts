import { onTestFinished } from 'vitest';
import { readEngineConfig } from '../../src/engine/connection.ts';
import { scriptedAgent } from './agent.ts';
import { addReceipts } from './db.ts';
import { createInstallation } from './installation.ts';
import { asOwner } from './owner.ts';

/**
 * A queue whose Temporal is what the environment says, and nothing else.
 * @param works false: no worker, and a gate that looks when it is asked what is wrong
 */
export async function startByEnvironment(environment: Readonly<Record<string, string>>, works = true) {
  const engine = readEngineConfig(environment);
  const queue = await createInstallation({ settings: { engine } });
  onTestFinished(() => queue.dispose());
  const agent = scriptedAgent((call) => call.reply());
  if (works) await queue.work(agent);
  return {
    queue,
    agent,
    async enqueue() {
      const [id = 0] = await addReceipts(queue.db, 1);
      return (await queue.queue.enqueueOcr({ receipt_id: id }, asOwner)).job_id;
    },
    finished: (job: string) => queue.waitFor(job, ({ status }) => status === 'finished'),
    async problem() {
      if (!works) await queue.dispatch.tick();
      const { parts, problems } = await queue.queue.queueInfo({}, asOwner);
      return { engine: parts.engine, ...problems.find(({ part }) => part === 'engine') };
    },
  };
}
