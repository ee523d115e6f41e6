import { Suspense } from 'react';
import { useKeyIsWanted } from '../api/wanted-key.ts';
import { lazyPart } from './lazy-part.ts';

const Login = lazyPart(async () => (await import('./login.tsx')).Login);

/** Opens over the page that needs a key; the address stays. */
export function LoginOverPage() {
  if (!useKeyIsWanted()) return null;
  return (
    <Suspense fallback={null}>
      <Login />
    </Suspense>
  );
}
