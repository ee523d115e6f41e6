import { causeText } from '../../contract/cause.ts';
import { AppError, type ErrorCode, toAppError } from '../../contract/errors.ts';
import { troubleIn } from './sqlstates.ts';

interface Refusal {
  /** Of the code and the words of the driver, the server or the pooler. */
  readonly when: RegExp;
  readonly code: ErrorCode;
  readonly says: string;
}

/** What no later moment makes better, so a start ends here instead of being repeated. The first row that matches. */
const REFUSALS: readonly Refusal[] = [
  {
    when: /unsupported startup parameter|statement pooling|prepared statement|^(26000|42P05)/,
    code: 'pooler_unsupported',
    says: 'The connection pooler refuses this program',
  },
  {
    when: /SSL|TLS|certificate|altname|^(CERT_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)|no pg_hba\.conf entry/i,
    code: 'ledger_misconfigured',
    says: 'The database does not accept this kind of connection',
  },
  {
    when: /^(28|3D|42501)|no such (database|user)|(database|role|user) "?[^"]*"? does not exist|authentication failed|password/,
    code: 'ledger_misconfigured',
    says: 'The database does not let this program in',
  },
  {
    when: /^3F000/,
    code: 'ledger_misconfigured',
    says: 'The database lacks a schema',
  },
  {
    when: /^(ENOENT|EACCES|ERR_INVALID_URL)|Invalid (URL|port)/i,
    code: 'ledger_misconfigured',
    says: 'DATABASE_URL is not usable',
  },
];

/**
 * Runs a step of a start: what stops it is told to the operator in the words of the system that refused.
 * @throws AppError always
 */
export async function atStart<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explained(error);
  }
}

function explained(error: unknown): AppError {
  const known = toAppError(error);
  const words = causeText(error);
  if (words === undefined || (known.code !== 'internal' && known.cause === undefined)) return known;
  const refusal = REFUSALS.find(({ when }) => when.test(words));
  if (refusal && troubleIn(error) !== 'ours') {
    return new AppError(refusal.code, `${refusal.says}: ${words}.`, { cause: known.cause ?? error });
  }
  const { retryAfterS, hint } = known;
  const options = { hint, cause: known.cause ?? error, ...(retryAfterS === undefined ? {} : { retryAfterS }) };
  return new AppError(known.code, `${known.message.replace(/\.$/, '')}: ${words}.`, options);
}
