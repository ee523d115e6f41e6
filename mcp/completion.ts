import type { CompleteRequest, Server } from '@modelcontextprotocol/server';
import { cleanLine } from '../src/contract/clean-text.ts';
import type { CallContext } from '../src/contract/principal.ts';
import type { QueueApi } from '../src/contract/queue-api.ts';
import type { ToolDeps } from './call-tool.ts';
import { newestMonths } from './months.ts';
import { PROMPTS } from './prompt-texts.ts';
import { COLLECTIONS } from './resource-collections.ts';
import { newestJobs } from './resources.ts';
import { serveRequest } from './serve-request.ts';

/** The most that the protocol lets one answer hold. */
const MAX_VALUES = 100;

/** Completion of ids and months. Never of a shop: a stranger's text would stand in a prompt. */
export function serveCompletion(server: Server, deps: ToolDeps): void {
  server.setRequestHandler('completion/complete', ({ params: { ref, argument } }, context) => {
    const of = ref.type === 'ref/prompt' ? ref.name : ref.uri;
    return serveRequest({ of: cleanLine(of, 100) }, context, deps, async (asked) => {
      const matching = (await valuesFor(ref, argument.name, deps.queue, asked)).filter((value) =>
        isMeant(value, argument.value.trim()),
      );
      const values = matching.slice(0, MAX_VALUES);
      return { completion: { values, total: matching.length, hasMore: matching.length > values.length } };
    });
  });
}

/** `ocr-17` is meant by what it begins with, and by what its number does. */
const isMeant = (value: string, typed: string): boolean =>
  value.startsWith(typed) || value.slice(value.indexOf('-') + 1).startsWith(typed);

async function valuesFor(
  ref: CompleteRequest['params']['ref'],
  argument: string,
  queue: QueueApi,
  context: CallContext,
): Promise<readonly string[]> {
  if (ref.type === 'ref/prompt') {
    const prompt = PROMPTS.find(({ name }) => name === ref.name);
    return prompt?.arguments.some(({ name }) => name === argument) ? newestMonths(new Date()) : [];
  }
  const collection = COLLECTIONS.find(({ uri }) => uri('{id}') === ref.uri);
  if (!collection || argument !== 'id') return [];
  const { jobs } = await newestJobs(queue, { limit: MAX_VALUES }, context);
  return [...new Set(jobs.flatMap((job) => collection.idIn(job) ?? []))];
}
