import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import { othersReach } from '../loopback.ts';
import { listOf } from './types.ts';

/** Who may call. */
export const AUTH = ['open', 'required'] as const;

/** By which names the server is called, by whose pages, and whether callers need a key. */
export const CALLER_SETTINGS = {
  ALLOWED_HOSTS: listOf(
    'Further host names by which the server may be called, as a proxy or another machine calls it: `queue.example, 10.0.0.5`. Loopback names and `HOST` always are.',
    /^(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9._-]*[a-z0-9])?)$/,
    'must be host names without scheme and port, separated by commas, as in queue.example, 10.0.0.5',
  ).optional(),
  ALLOWED_ORIGINS: listOf(
    'Web pages that may call the server besides its own: `https://app.example, http://localhost:3000`.',
    /^https?:\/\/(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9._-]*[a-z0-9])?)(:[0-9]{1,5})?$/,
    'must be origins separated by commas, each scheme, host and port alone, as in https://app.example, http://localhost:3000',
  ).optional(),
  AUTH: z
    .enum(AUTH, 'must be open or required')
    .meta({
      description:
        '`open`: every program that reaches the loopback address may do everything. `required`: every call needs a key ([access.md](access.md)).',
    })
    .default('open'),
} as const;

/**
 * An address that others reach asks for keys.
 * @throws AppError invalid_argument
 */
export function requireKeysAt({ host, auth }: { readonly host: string; readonly auth: (typeof AUTH)[number] }): void {
  if (auth === 'required' || !othersReach(host)) return;
  const message = `HOST is ${host}, which others can reach, and calls need no key.`;
  throw new AppError('invalid_argument', message, {
    hint: 'Set AUTH=required and make the first key with pantry-queue keys create --name first --scopes all; or listen on 127.0.0.1.',
    fields: [{ pointer: '/HOST', code: 'setting', message }],
  });
}
