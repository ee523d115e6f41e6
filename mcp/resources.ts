import { ResourceNotFoundError, type Server } from '@modelcontextprotocol/server';
import { cleanLine } from '../src/contract/clean-text.ts';
import { toAppError } from '../src/contract/errors.ts';
import type { CallContext } from '../src/contract/principal.ts';
import type { QueueApi } from '../src/contract/queue-api.ts';
import { textOf } from './answer.ts';
import type { ToolDeps } from './call-tool.ts';
import { COLLECTIONS, type Collection } from './resource-collections.ts';
import { isCallers, serveRequest } from './serve-request.ts';

/** A resource is read by a person's choice, so it may be longer than an answer that a model did not ask for in full. */
const MAX_BYTES = 8_192;

/** Jobs that one page of the list tells of, each with what it is about. */
const JOBS_A_PAGE = 20;

const URI = /^receipt:\/\/([a-z]+)\/([^/]*)$/;

/** Receipts and jobs as resources, for hosts whose people name one in a message: the same objects as the tools answer. */
export function serveResources(server: Server, deps: ToolDeps): void {
  server.setRequestHandler('resources/templates/list', () => ({
    resourceTemplates: COLLECTIONS.map(({ name, uri, title, description }) => ({
      name,
      uriTemplate: uri('{id}'),
      title,
      description,
      mimeType: 'application/json',
    })),
  }));
  server.setRequestHandler('resources/list', ({ params }, context) =>
    serveRequest({}, context, deps, (asked) => listed(deps.queue, params?.cursor, asked)),
  );
  server.setRequestHandler('resources/read', ({ params: { uri } }, context) =>
    serveRequest({ uri: cleanLine(uri, 100) }, context, deps, (asked) => read(deps.queue, uri, asked)),
  );
}

/** The newest jobs, and what they are about; of a receipt nothing but its id, since strangers wrote the rest. */
async function listed(queue: QueueApi, cursor: string | undefined, context: CallContext) {
  const found = await newestJobs(queue, { limit: JOBS_A_PAGE, ...(cursor === undefined ? {} : { cursor }) }, context);
  const resources = found.jobs.flatMap((job) =>
    COLLECTIONS.flatMap(({ idIn, uri, title, sayOf }) => {
      const id = idIn(job);
      return id === undefined
        ? []
        : [{ name: `${title} ${id}`, uri: uri(id), description: sayOf(job), mimeType: 'application/json' }];
    }),
  );
  return { resources, ...(found.next_cursor === null ? {} : { nextCursor: found.next_cursor }) };
}

type Page = Parameters<QueueApi['findJobs']>[0];

/** Hosts list resources as soon as they connect: no queue is started for that, and one that does not run has none. */
export async function newestJobs(queue: QueueApi, page: Page, context: CallContext) {
  try {
    return await queue.findJobs(page, { ...context, startsNothing: true });
  } catch (error) {
    if (toAppError(error).code !== 'queue_unreachable') throw error;
    return { jobs: [], next_cursor: null };
  }
}

/** @throws ResourceNotFoundError also when it was deleted or belongs to another user */
async function read(queue: QueueApi, uri: string, context: CallContext) {
  const [, name, id = ''] = URI.exec(uri) ?? [];
  const collection: Collection | undefined = COLLECTIONS.find((each) => each.name === name && each.isId(id));
  if (!collection) throw new ResourceNotFoundError(uri, `No resource has this address. ${COLLECTIONS_SAID}`);
  const { tool, argumentsFor } = collection;
  try {
    const shown = await tool.call(queue, argumentsFor(id), { ...context, maxWaitS: 0, maxBytes: MAX_BYTES });
    return { contents: [{ uri, mimeType: 'application/json', text: textOf(shown) }] };
  } catch (error) {
    const { code, message } = toAppError(error);
    throw isCallers(code) ? new ResourceNotFoundError(uri, message) : error;
  }
}

const COLLECTIONS_SAID = `Known are ${COLLECTIONS.map(({ uri }) => uri('{id}')).join(' and ')}.`;
