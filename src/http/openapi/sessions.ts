import { signInInput, signInOutput, signOutOutput } from '../session-routes.ts';
import type { Address } from './address.ts';
import type { Json, Schemas } from './schemas.ts';

/** Signing a browser in and out: the answers set its cookie. */
export function sessionAddresses(sent: Schemas, given: Schemas): Address[] {
  const json = (schema: Json): Json => ({ 'application/json': { schema } });
  return [
    {
      method: 'POST',
      path: '/session',
      operationId: 'open_session',
      summary: 'Sign a browser in with a key.',
      parameters: [],
      requestBody: { required: true, content: json(sent.named('OpenSessionInput', signInInput)) },
      successes: {
        '200': {
          description: 'As whom the browser calls from now on; Set-Cookie holds the session.',
          content: json(given.named('WhoamiOutput', signInOutput)),
        },
      },
      errors: ['ledger_unavailable'],
    },
    {
      method: 'DELETE',
      path: '/session',
      operationId: 'end_session',
      summary: 'Sign this browser out.',
      parameters: [],
      successes: {
        '200': { description: 'The cookie is removed.', content: json(given.named('EndSessionOutput', signOutOutput)) },
      },
      errors: ['ledger_unavailable'],
    },
  ];
}
