import type { Principal } from '../../src/contract/principal.ts';
import type { Tool } from '../tool.ts';
import { tools } from './index.ts';

const reads: readonly Tool[] = tools.filter(({ effect }) => effect === 'read');

/** Whom tools are offered, and by which door. */
export interface Offer {
  readonly principal: Principal;
  /** Nothing that changes anything, whatever the caller may do. */
  readonly readOnly?: boolean | undefined;
}

/** May the caller change nothing here? */
export const isReadOnly = ({ principal: { scopes }, readOnly = false }: Offer): boolean =>
  readOnly || !(scopes.has('jobs:write') || scopes.has('queue:admin'));

export const offeredTools = (offer: Offer): readonly Tool[] => (isReadOnly(offer) ? reads : tools);
