import { z } from 'zod';
import { fieldRule } from './check-input.ts';

/** Names of the time zone database: an offset as "+02:00" means the opposite in PostgreSQL. */
const NAME = /^[A-Za-z][A-Za-z0-9_+/-]{1,63}$/;

/** Is it the name of a time zone, as Europe/Berlin or UTC? */
export function isTimeZone(name: string): boolean {
  if (!NAME.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** A field that names a time zone. */
export const timeZoneName = z
  .string()
  .max(64)
  .check(
    fieldRule((text) =>
      isTimeZone(text)
        ? undefined
        : { code: 'time_zone', message: 'time_zone must be an IANA name as "Europe/Berlin" or "UTC".' },
    ),
  );
