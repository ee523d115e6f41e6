import { NamespaceNotFoundError, WorkflowNotFoundError } from '@temporalio/common';
import { AppError, type ErrorCode, isAppError } from '../contract/errors.ts';
import { SEARCH_ATTRIBUTES } from '../contract/names.ts';

/** One of `SEARCH_ATTRIBUTES`. */
export type AttributeName = keyof typeof SEARCH_ATTRIBUTES;
export const ATTRIBUTE_NAMES = Object.keys(SEARCH_ATTRIBUTES) as readonly AttributeName[];

type EngineErrorCode = Extract<ErrorCode, 'engine_unavailable' | 'engine_misconfigured' | 'engine_refused'>;

interface GrpcStatus {
  readonly name: string;
  readonly code: EngineErrorCode;
  /** Follows "Temporal at <address> ". */
  readonly says: string;
  /** Where the row of the error table is too general. */
  readonly hint?: string;
}

const away = (name: string, says: string): GrpcStatus => ({ name, code: 'engine_unavailable', says });
const misconfigured = (name: string, says: string, hint?: string): GrpcStatus => ({
  name,
  code: 'engine_misconfigured',
  says,
  ...(hint === undefined ? {} : { hint }),
});
const refused = (name: string, says: string): GrpcStatus => ({ name, code: 'engine_refused', says });

/**
 * What each gRPC status of Temporal means for the call that met it: the engine is away (everything waits), it is set up
 * differently from us (a person must act), or it refuses this one run (all others go on).
 */
export const GRPC_STATUSES: Readonly<Record<number, GrpcStatus>> = {
  1: away('CANCELLED', 'ended the call before it had answered.'),
  2: away('UNKNOWN', 'failed for a reason that it does not name.'),
  3: refused('INVALID_ARGUMENT', 'refuses this run.'),
  4: away('DEADLINE_EXCEEDED', 'did not answer in time.'),
  5: misconfigured('NOT_FOUND', 'does not know what the call names.'),
  6: refused('ALREADY_EXISTS', 'already has this run.'),
  7: misconfigured(
    'PERMISSION_DENIED',
    'does not allow this program what it needs.',
    'Give its key or certificate the right to write in the namespace TEMPORAL_NAMESPACE.',
  ),
  8: away('RESOURCE_EXHAUSTED', 'is overloaded, or limits how often it is called.'),
  9: misconfigured('FAILED_PRECONDITION', 'is not in a state for this call.'),
  10: away('ABORTED', 'broke the call off.'),
  11: refused('OUT_OF_RANGE', 'refuses this run.'),
  12: misconfigured('UNIMPLEMENTED', 'does not know this call: it is too old, or no Temporal server.'),
  13: away('INTERNAL', 'failed.'),
  14: away('UNAVAILABLE', 'cannot be reached.'),
  15: refused('DATA_LOSS', 'has lost data of this run.'),
  16: misconfigured(
    'UNAUTHENTICATED',
    'does not accept the credentials of this program.',
    'Name a key that is valid in TEMPORAL_API_KEY, or a client certificate in TEMPORAL_TLS_CLIENT_CERT_PATH, and restart; a key in TEMPORAL_API_KEY_FILE is read again by itself.',
  ),
};

const RETRY_AFTER_S = 5;

/** The numeric gRPC status anywhere in a chain of causes: the SDK wraps what gRPC gave it, and of one keeps the text only. */
function grpcStatusOf(error: unknown): number | undefined {
  if (error instanceof WorkflowNotFoundError) return 5;
  for (let depth = 0, current = error; depth < 6 && current instanceof Error; depth++, current = current.cause) {
    if ('code' in current && typeof current.code === 'number' && 'details' in current) return current.code;
  }
  return undefined;
}

/** All that Temporal says, in one text: which search attribute or namespace it misses stands only there. */
function textsOf(error: unknown): string {
  const texts: string[] = [];
  for (let depth = 0, current = error; depth < 6 && current instanceof Error; depth++, current = current.cause) {
    texts.push(current.message, 'details' in current ? String(current.details) : '');
  }
  return texts.join('\n');
}

function missingAttribute(text: string): AttributeName | undefined {
  if (!/search attribute|no mapping defined/i.test(text) || /exceeds|too large|size/i.test(text)) return undefined;
  return ATTRIBUTE_NAMES.find((name) => text.includes(name));
}

/**
 * An error of a Temporal call → ours, by its gRPC status. Temporal's own text stays the cause: it is for the log.
 * @param at where and with which namespace the call was made
 * @returns what is no answer of Temporal (a fault of our own code) unchanged
 */
export function engineErrorOf(error: unknown, at: { address: string; namespace: string }): unknown {
  if (isAppError(error)) return error;
  const named = (code: EngineErrorCode, message: string, hint?: string) =>
    new AppError(code, message, {
      cause: error,
      ...(code === 'engine_unavailable' ? { retryAfterS: RETRY_AFTER_S } : {}),
      ...(hint === undefined ? {} : { hint }),
    });
  const text = textsOf(error);
  const status = grpcStatusOf(error);

  const saysAbsent = status === 5 || (status === undefined && /not.?found/i.test(text));
  if (error instanceof NamespaceNotFoundError || (saysAbsent && /namespace/i.test(text))) {
    return named(
      'engine_misconfigured',
      `Temporal at ${at.address} has no namespace "${at.namespace}".`,
      `Create it (temporal operator namespace create --namespace ${at.namespace}), or name another in TEMPORAL_NAMESPACE.`,
    );
  }
  const attribute = missingAttribute(text);
  if (attribute !== undefined && (status === 3 || status === 9 || status === 5)) {
    return attributesMissing(at.namespace, [attribute], error);
  }
  if (status !== undefined) {
    const row = GRPC_STATUSES[status] ?? away(String(status), 'failed.');
    return named(row.code, `Temporal at ${at.address} ${row.says}`, row.hint);
  }
  // Raised by the SDK before there is a call: no connection within its time.
  if (/failed to connect|connection|deadline|transport error/i.test(text)) {
    return named('engine_unavailable', `Temporal at ${at.address} cannot be reached.`);
  }
  // Of what ends its polls the SDK keeps the text alone, and it ends them only by what no retry mends.
  if (error instanceof Error && error.name === 'TransportError') {
    return named('engine_misconfigured', `Temporal at ${at.address} does not let this worker work.`);
  }
  return error;
}

/** What a namespace lacks, with the commands that an administrator adds it with. */
export function attributesMissing(namespace: string, names: readonly AttributeName[], cause?: unknown): AppError {
  const lacking = names.map((name) => `${name} of type ${SEARCH_ATTRIBUTES[name]}`);
  return new AppError(
    'engine_misconfigured',
    `The Temporal namespace "${namespace}" has no search attribute ${lacking.join(', ')}.`,
    { cause, hint: attributesHint(namespace, names) },
  );
}

function attributesHint(namespace: string, names: readonly AttributeName[]): string {
  const flags = (each: (name: string, type: string) => string) =>
    names.map((name) => each(name, SEARCH_ATTRIBUTES[name])).join(' ');
  const operator = flags((name, type) => `--name ${name} --type ${type}`);
  const cloud = flags((name, type) => `--search-attribute "${name}=${type}"`);
  return `Ask Temporal’s administrator for: temporal operator search-attribute create --namespace ${namespace} ${operator} (Temporal Cloud: tcld namespace search-attributes add --namespace ${namespace} ${cloud}, or its web page).`;
}
