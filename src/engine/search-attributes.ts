import type { Client } from '@temporalio/client';
import { causeText } from '../contract/cause.ts';
import { isAppError } from '../contract/errors.ts';
import { SEARCH_ATTRIBUTES } from '../contract/names.ts';
import type { Log } from '../ports.ts';
import { ATTRIBUTE_NAMES, type AttributeName, attributesMissing, engineErrorOf } from './engine-errors.ts';

/** `temporal.api.enums.v1.IndexedValueType` */
export const attributeTypes = { Keyword: 2, Int: 3 } as const;
const CALL_MS = 5_000;

/** A query that only a namespace with this attribute, of this type, can answer. */
const PROBES: Readonly<Record<(typeof SEARCH_ATTRIBUTES)[AttributeName], (name: string) => string>> = {
  Keyword: (name) => `${name} = 'probe'`,
  Int: (name) => `${name} = 1`,
};

/**
 * Makes sure that the namespace has our search attributes: asks the operator API, which also adds those that are missing.
 * Where that is closed to this program (Temporal Cloud, a role without rights) a query for each tells whether it is there.
 * @throws AppError engine_misconfigured naming what is missing and the commands that add it; engine_unavailable
 */
export async function ensureSearchAttributes(client: Client, at: { address: string }, log?: Log): Promise<void> {
  const { namespace } = client.options;
  const mapped = (error: unknown) => engineErrorOf(error, { address: at.address, namespace });
  const soon = <T>(call: () => Promise<T>) => client.connection.withDeadline(Date.now() + CALL_MS, call);
  const { operatorService } = client.connection;
  try {
    const { customAttributes } = await soon(() => operatorService.listSearchAttributes({ namespace }));
    const missing = ATTRIBUTE_NAMES.filter((name) => !Object.hasOwn(customAttributes ?? {}, name));
    if (missing.length === 0) return;
    const searchAttributes = Object.fromEntries(missing.map((name) => [name, attributeTypes[SEARCH_ATTRIBUTES[name]]]));
    await soon(() => operatorService.addSearchAttributes({ namespace, searchAttributes }));
  } catch (thrown) {
    const error = mapped(thrown);
    if (!isAppError(error) || error.code === 'engine_unavailable' || error.message.includes('has no namespace')) {
      throw error;
    }
    log?.info({ cause: causeText(error) }, 'engine.operator_calls_refused');
    const missing = await missingByQuery(client, soon).catch((failed: unknown) => {
      throw mapped(failed);
    });
    if (missing.length > 0) throw attributesMissing(namespace, missing, error);
  }
}

/** What a namespace lacks, where the operator API is closed. @throws what gRPC throws */
export async function missingByQuery(
  client: Client,
  soon: <T>(call: () => Promise<T>) => Promise<T>,
): Promise<AttributeName[]> {
  const { namespace } = client.options;
  const answers = await Promise.all(
    ATTRIBUTE_NAMES.map(async (name) => {
      const query = PROBES[SEARCH_ATTRIBUTES[name]](name);
      try {
        await soon(() => client.workflowService.countWorkflowExecutions({ namespace, query }));
        return undefined;
      } catch (error) {
        // INVALID_ARGUMENT: the query names what there is not.
        if (error instanceof Error && 'code' in error && error.code === 3) return name;
        throw error;
      }
    }),
  );
  return answers.filter((name) => name !== undefined);
}
