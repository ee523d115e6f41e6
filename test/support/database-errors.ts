import pg from 'pg';

/** An error of the server exactly as the driver throws it. */
export function databaseError(
  sqlstate: string,
  fields: Partial<pg.DatabaseError> = {},
  message = 'the words of the server',
): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError(message, message.length, 'error'), {
    severity: 'ERROR',
    // A plan that can be made anew is what this code means inside a running service.
    ...(sqlstate === '0A000' ? { routine: 'RevalidateCachedQuery' } : {}),
    ...fields,
    code: sqlstate,
  });
}
