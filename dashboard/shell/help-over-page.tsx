import { Suspense } from 'react';
import { useStore } from '../api/store.ts';
import { lazyPart } from './lazy-part.ts';
import { helpIsOpen } from './shortcuts.ts';

const Help = lazyPart(async () => (await import('./help.tsx')).Help);

/** Loaded when it is first asked for. */
export function HelpOverPage() {
  if (!useStore(helpIsOpen)) return null;
  return (
    <Suspense fallback={null}>
      <Help />
    </Suspense>
  );
}
