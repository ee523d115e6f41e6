import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { HttpMethod, Scope } from '../contract/operation.ts';
import type { ServedKey } from '../contract/operations.ts';
import type { CallContext, Principal } from '../contract/principal.ts';

/** What a handler finds besides the request. */
export type HttpEnv = {
  Bindings: Partial<HttpBindings>;
  Variables: { requestId: string; operation: string | undefined; principal: Principal; callContext: CallContext };
};

export type Call = Context<HttpEnv>;

/** One address: plain data, so that 405, the page of routes and OpenAPI read the same rows. */
export interface Route {
  readonly method: HttpMethod;
  /** `{field}` for a part of the path */
  readonly path: string;
  /** The operation, whose scope is asked for before a body is received. */
  readonly does: ServedKey | undefined;
  /** Of one that does no operation: the scope that it needs. Without one, any valid key will do. */
  readonly scope?: Scope;
  /** Of one that does no operation: it answers anyone who passes the guards, with a key or without. */
  readonly isOpen?: true;
  readonly summary: string;
  handle(call: Call): Promise<Response>;
}
