import { useQuery, useQueryClient } from '@tanstack/react-query';
import { request } from './call.ts';
import { createStore, type Store, useStore } from './store.ts';

/** Who looks, as the server says. */
export interface Whoami {
  readonly tenant: string;
  readonly user_id: number;
  readonly scopes: readonly string[];
  readonly key_required: boolean;
  readonly temporal_ui: string | null;
}

const keyIsWanted: Store<boolean> = createStore(false);

/** A call was refused for want of a key: the shell opens the login over the page. */
export function askForKey(): void {
  keyIsWanted.set(true);
}

/** Is a key to be asked for now? */
export function useKeyIsWanted(): boolean {
  return useStore(keyIsWanted);
}

export const WHOAMI_KEY = ['whoami'] as const;

/** Who looks; undefined until it is known. */
export function useWhoami(): Whoami | undefined {
  return useQuery({
    queryKey: WHOAMI_KEY,
    queryFn: async ({ signal }) => (await request('/whoami', { method: 'GET' }, signal)) as Whoami,
    staleTime: 60_000,
  }).data;
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
    keyIsWanted.set(false);
    await queries.invalidateQueries();
  };
}

/** Ends the session. Nothing of it is kept in this tab. */
export function useLogout(): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    await request('/session', { method: 'DELETE' });
    queries.clear();
    keyIsWanted.set(true);
  };
}
