import { AppError } from '../contract/errors.ts';
import { isOwnPage, type Received } from './guard.ts';

/** Behind a proxy of https its own header says so, and so does the page that sends the form. */
function isSecure({ headers }: Received): boolean {
  const forwarded = headers.get('x-forwarded-proto')?.split(',')[0]?.trim().toLowerCase();
  return forwarded === 'https' || headers.get('origin')?.startsWith('https://') === true;
}

/** Browsers send a cookie to every port of a host, so each port has a name of its own. */
function plainName({ url, headers }: Received): string {
  const port = /:(\d{1,5})$/.exec(headers.get('host') ?? new URL(url).host)?.[1] ?? '80';
  return `pantry_session_${port}`;
}
const SECURE_NAME = '__Host-pantry_session';

/** The cookie that a browser is to keep; 0 seconds end it. */
export function sessionCookie(request: Received, text: string, validS: number): string {
  const secure = isSecure(request);
  const name = secure ? SECURE_NAME : plainName(request);
  return [
    `${name}=${text}`,
    'Path=/',
    `Max-Age=${validS}`,
    'HttpOnly',
    'SameSite=Strict',
    ...(secure ? ['Secure'] : []),
  ].join('; ');
}

/** What removes the cookie, under whichever of its names it was sent. */
export function clearedCookies(request: Received): string[] {
  const attributes = 'Path=/; Max-Age=0; HttpOnly; SameSite=Strict';
  return [`${plainName(request)}=; ${attributes}`, `${SECURE_NAME}=; ${attributes}; Secure`];
}

/** @returns what the session's cookie holds; undefined where none was sent */
export function cookieIn(request: Received): string | undefined {
  const names: readonly string[] = [SECURE_NAME, plainName(request)];
  const pairs = (request.headers.get('cookie') ?? '').split(';').map((pair) => pair.trim().split('='));
  for (const name of names) {
    const text = pairs.find(([given]) => given === name)?.[1];
    if (text !== undefined && text !== '') return text;
  }
  return undefined;
}

/**
 * A browser sends its cookie whichever page asked, so the page must be ours. A page of another port of the host counts
 * as the same site, and SameSite does not hold it back.
 * @throws AppError forbidden
 */
export function requireOwnPage(request: Received): void {
  if (isOwnPage(request)) return;
  throw new AppError('forbidden', 'A session is for pages of this server, and another one made the call.', {
    hint: 'Send Authorization: Bearer <key> from a page of another origin.',
  });
}
