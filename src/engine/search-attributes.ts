import type { Client } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../contract/names.ts';

/** `temporal.api.enums.v1.IndexedValueType` */
const TYPES = { Keyword: 2, Int: 3 } as const;

/**
 * Registers our search attributes; those that are there already are no error. A cluster whose operator API is closed
 * to us (Temporal Cloud) must have them registered by its administrator.
 */
export async function registerSearchAttributes(client: Client, namespace: string): Promise<void> {
  const wanted = Object.entries(SEARCH_ATTRIBUTES);
  const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace });
  const missing = wanted.filter(([name]) => !Object.hasOwn(customAttributes ?? {}, name));
  if (missing.length === 0) return;
  await client.connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(missing.map(([name, type]) => [name, TYPES[type]])),
  });
}
