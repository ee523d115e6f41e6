import { causeText } from '../../contract/cause.ts';
import { AppError } from '../../contract/errors.ts';
import { refusalOf } from './database-error.ts';
import { serverErrorOf, troubleIn } from './sqlstates.ts';

/** Will the database refuse the same statement every time? */
export const isLasting = (error: unknown) => troubleIn(error) === 'lasting';

/**
 * A write that the database may refuse for good: tried twice, since what it was made for may have changed.
 * @param write is told whether it is tried again
 * @throws AppError result_not_storable, whose message names the rule and no value
 */
export async function unlessRefused<T>(write: (again: boolean) => Promise<T>): Promise<T> {
  try {
    return await write(false);
  } catch (error) {
    if (!isLasting(error)) throw error;
  }
  try {
    return await write(true);
  } catch (error) {
    throw isLasting(error) ? new AppError('result_not_storable', refusalOf(error), { cause: error }) : error;
  }
}

/** @returns what `write` does; where a rule of the subject's tables refuses it for good, what is done `without` them */
export async function orWithoutSubject<T>(write: () => Promise<T>, without: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!isLasting(error)) throw error;
    return without();
  }
}

/** Messages of these quote values, or are somebody's own words; a value is text of a receipt. */
const QUOTES_VALUES = /^(22|P0)/;

/** What the operator's log gets of a step that failed: the cause, and no value of a receipt. */
export function causeFields(error: unknown): Readonly<Record<string, unknown>> {
  const refused = serverErrorOf(error);
  if (!refused)
    return { cause: causeText(error) ?? (error instanceof Error ? error.name : undefined), at: placeOf(error) };
  const { code, constraint, schema, table, column, where, routine } = refused;
  const isOwnWords = QUOTES_VALUES.test(code) || routine === 'exec_stmt_raise';
  return {
    sqlstate: code,
    constraint,
    schema,
    table,
    column,
    function: /PL\/pgSQL \S+ ([\w.]+)\(/.exec(where ?? '')?.[1],
    cause: isOwnWords ? undefined : causeText(error),
  };
}

/** Where a fault of this program was thrown. */
function placeOf(error: unknown): string | undefined {
  const thrown = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return thrown instanceof Error ? /\n\s+at (.{1,200})/.exec(thrown.stack ?? '')?.[1] : undefined;
}
