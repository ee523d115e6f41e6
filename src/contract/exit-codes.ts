import { type AppError, ERRORS } from './errors.ts';

/** How a command ends, for scripts. `interrupted` is what shells say of a program that Ctrl-C ended. */
export const EXIT = {
  ok: 0,
  other: 1,
  usage: 2,
  notFound: 3,
  auth: 4,
  unavailable: 5,
  conflict: 6,
  interrupted: 130,
} as const;

const BY_HTTP_STATUS: Readonly<Record<number, number>> = {
  400: EXIT.usage,
  401: EXIT.auth,
  403: EXIT.auth,
  404: EXIT.notFound,
  405: EXIT.usage,
  408: EXIT.unavailable,
  409: EXIT.conflict,
  410: EXIT.notFound,
  413: EXIT.usage,
  415: EXIT.usage,
  422: EXIT.usage,
  429: EXIT.unavailable,
  502: EXIT.unavailable,
  503: EXIT.unavailable,
  504: EXIT.unavailable,
  507: EXIT.unavailable,
};

/** The class of an error, from the one table of errors. */
export function exitCodeOf(error: AppError): number {
  return BY_HTTP_STATUS[ERRORS[error.code].http] ?? EXIT.other;
}
