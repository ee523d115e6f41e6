import type { Door } from './audit.ts';
import { AppError, type LimitLeft } from './errors.ts';
import type { CallRow, Scope } from './operation.ts';

/** By what a caller was known: a key, the cookie of a session that was opened with one, or an identity provider's token. */
export type Credential = 'key' | 'session' | 'token';

/** Who calls. `act_as` lets a caller name another user of its tenant; nobody ever names another tenant. */
export interface Principal {
  readonly tenant: string;
  readonly user: number;
  readonly scopes: ReadonlySet<Scope | 'act_as'>;
  /** Absent where none is asked for. */
  readonly credential?: Credential | undefined;
  /** The key that the call, or its session, came with. */
  readonly keyId?: string | undefined;
  /** That the call came from, where it came over a network. */
  readonly address?: string | undefined;
  /** When the credential ends, where that is known. */
  readonly expiresAt?: Date | undefined;
}

/** Did the caller prove who it is? One that needed no key is alone on its machine. */
export const isIdentified = ({ credential, keyId }: Principal): boolean =>
  credential !== undefined || keyId !== undefined;

/** What every use case gets besides its input. */
export interface CallContext {
  readonly principal: Principal;
  /** Ends a wait early when the caller has gone; never undoes work that was accepted. */
  readonly signal?: AbortSignal | undefined;
  /** Where it came in, and the id that its log line has: for the audit. Absent: a program that holds the queue. */
  readonly door?: Door | undefined;
  readonly requestId?: string | undefined;
  /** A model makes the call for the principal: its word is marked as such, and ends no doubt. Absent: a person's. */
  readonly acting?: 'assistant' | undefined;
  /** The span of the caller's trace that makes the call; sent on where the queue is another process. */
  readonly traceparent?: string | undefined;
  /** Nobody asked for it but a host that lists what there is: no queue is started for it. */
  readonly startsNothing?: true | undefined;
  /** Told in a few words of ours what the call waits for. A caller who listens is kept informed, so it can wait longer. */
  readonly tell?: ((news: string) => void) | undefined;
  /** Told what is left of the limits on new jobs, where an enqueue meets any. */
  readonly tellLimits?: ((limits: readonly LimitLeft[]) => void) | undefined;
}

/** Where there must be one user: the one that a call names, else the caller. */
export function ownerOf({ user }: Principal, asked: number | undefined): number {
  return asked ?? user;
}

/**
 * The rule of scopes. The pipeline applies it to every call; a door only asks before it receives a body.
 * @throws AppError forbidden
 */
export function requireScope({ scopes }: Principal, { scope }: Pick<CallRow, 'scope'>): void {
  if (scope !== undefined && !scopes.has(scope))
    throw new AppError('forbidden', `This call needs scope ${scope}.`, { scope });
}
