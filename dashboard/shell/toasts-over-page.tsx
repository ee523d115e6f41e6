import { lazy, Suspense, useRef } from 'react';
import { useStore } from '../api/store.ts';
import { told } from '../ui/tell.ts';

const Toasts = lazy(async () => ({ default: (await import('../ui/toasts.tsx')).Toasts }));

/** The place of toasts, loaded with the first of them. */
export function ToastsOverPage() {
  const isNeeded = useRef(false);
  if (useStore(told).length > 0) isNeeded.current = true;
  if (!isNeeded.current) return null;
  return (
    <Suspense fallback={null}>
      <Toasts />
    </Suspense>
  );
}
