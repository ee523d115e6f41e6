import type { Client } from '@temporalio/client';
import { causeText } from '../contract/cause.ts';
import { isAppError } from '../contract/errors.ts';
import { SEARCH_ATTRIBUTES } from '../contract/names.ts';
import type { Log } from '../ports.ts';
import { attributesHint, engineErrorOf } from './engine-errors.ts';

/** `temporal.api.enums.v1.IndexedValueType` */
const TYPES = { Keyword: 2, Int: 3 } as const;
const CALL_MS = 5_000;

/**
 * Registers our search attributes; those that are there already are no error. Where the operator API is closed to us
 * (Temporal Cloud, a role without rights) this warns and names them: they may have been registered by an administrator,
 * and when they have not, the first start of a run says which is missing.
 * @throws AppError engine_unavailable, engine_misconfigured when there is no such namespace
 */
export async function registerSearchAttributes(client: Client, at: { address: string }, log: Log): Promise<void> {
  const { namespace } = client.options;
  const wanted = Object.entries(SEARCH_ATTRIBUTES);
  let missing = wanted;
  try {
    const { operatorService } = client.connection;
    const soon = <T>(call: () => Promise<T>) => client.connection.withDeadline(Date.now() + CALL_MS, call);
    const { customAttributes } = await soon(() => operatorService.listSearchAttributes({ namespace }));
    missing = wanted.filter(([name]) => !Object.hasOwn(customAttributes ?? {}, name));
    if (missing.length === 0) return;
    const searchAttributes = Object.fromEntries(missing.map(([name, type]) => [name, TYPES[type]]));
    await soon(() => operatorService.addSearchAttributes({ namespace, searchAttributes }));
  } catch (thrown) {
    const error = engineErrorOf(thrown, { address: at.address, namespace });
    if (!isAppError(error) || error.code === 'engine_unavailable' || error.message.includes('has no namespace')) {
      throw error;
    }
    log.warn(
      { attributes: missing.map(([name]) => name), hint: attributesHint(namespace), cause: causeText(error) },
      'engine.search_attributes_unchecked',
    );
  }
}
