import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { OutputOf } from '../../src/contract/queue-api.ts';
import { request } from './call.ts';
import { answer } from './queries.ts';
import { askForKey, keyIsGiven } from './wanted-key.ts';

/** Who looks, as the server says. */
export type Whoami = OutputOf<'whoami'>;

/** Who looks; undefined until it is known. */
export function useWhoami(): Whoami | undefined {
  return useQuery({ ...answer('whoami', {}), staleTime: 60_000 }).data;
}

/** May the one who looks do this? Until it is known, yes: the server decides in any case. */
export function useMay(scope: string): boolean {
  return useWhoami()?.scopes.includes(scope) ?? true;
}

/** Opens a session with a key, and asks for everything again that was refused. */
export function useLogin(): (key: string) => Promise<void> {
  const queries = useQueryClient();
  return async (key) => {
    await request('/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key }),
    });
    keyIsGiven();
    await queries.invalidateQueries();
  };
}

/** Ends the session. Nothing of it is kept in this tab. */
export function useLogout(): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    await request('/session', { method: 'DELETE' });
    askForKey();
    await queries.resetQueries();
  };
}
