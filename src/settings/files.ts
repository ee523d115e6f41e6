import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { AppError } from '../contract/errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Far more than any setting is long. */
const MAX_BYTES = 65_536;
const READ_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'names a file that does not exist',
  ENOTDIR: 'names a file that does not exist',
  EACCES: 'names a file that this process may not read',
  EPERM: 'names a file that this process may not read',
};

/**
 * Any setting `NAME` may be given as `NAME_FILE`, a file that holds it, as secrets are given to containers. Line breaks
 * at its end are not part of it.
 * @returns the environment with what the files hold in place of their names
 * @throws AppError invalid_argument naming each variable that is wrong; never what it or its file holds
 */
export function withSettingFiles(env: Environment, names: Iterable<string>): Environment {
  const read: Record<string, string | undefined> = {};
  const faults: { variable: string; message: string }[] = [];
  for (const name of names) {
    const variable = `${name}_FILE`;
    const file = env[variable];
    if (!file) continue;
    const outcome = env[name] ? { fault: `and ${name} are both set: keep one of them` } : readSetting(file);
    if ('fault' in outcome) faults.push({ variable, message: `${variable} ${outcome.fault}.` });
    else Object.assign(read, { [name]: outcome.text, [variable]: undefined });
  }
  if (faults.length === 0) return { ...env, ...read };
  throw new AppError('invalid_argument', faults.map(({ message }) => message).join(' '), {
    hint: 'Correct it in the environment and start again; docs/configuration.md says what such a file holds.',
    fields: faults.map(({ variable, message }) => ({ pointer: `/${variable}`, code: 'setting', message })),
  });
}

function readSetting(file: string): { readonly text: string } | { readonly fault: string } {
  let handle: number | undefined;
  try {
    // A pipe that nobody writes to must not hold up the start.
    handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!fstatSync(handle).isFile()) return { fault: 'does not name a regular file' };
    const buffer = Buffer.alloc(MAX_BYTES + 1);
    const bytes = readSync(handle, buffer, 0, buffer.length, 0);
    if (bytes > MAX_BYTES) return { fault: 'names a file of more than 64 KB' };
    const text = new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, bytes)).replace(/[\r\n]+$/, '');
    return text === '' ? { fault: 'names an empty file' } : { text };
  } catch (error) {
    if (error instanceof TypeError) return { fault: 'names a file that is not UTF-8 text' };
    const code = (error as NodeJS.ErrnoException).code ?? '';
    return { fault: READ_ERRORS[code] ?? `names a file that cannot be read (${code})` };
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}
