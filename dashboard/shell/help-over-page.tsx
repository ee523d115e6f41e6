import { lazy, Suspense } from 'react';
import { useStore } from '../api/store.ts';
import { helpIsOpen } from './shortcuts.ts';

const Help = lazy(async () => ({ default: (await import('./help.tsx')).Help }));

/** Loaded when it is first asked for. */
export function HelpOverPage() {
  if (!useStore(helpIsOpen)) return null;
  return (
    <Suspense fallback={null}>
      <Help />
    </Suspense>
  );
}
