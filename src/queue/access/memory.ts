export interface Memory<T> {
  /** `isFresh`: it was set a short time ago. */
  get(name: string): { readonly value: T; readonly isFresh: boolean } | undefined;
  set(name: string, value: T): void;
  forget(name: string): void;
  forgetWhere(isMeant: (value: T) => boolean): void;
}

/**
 * What was set last, and when.
 * @param size beyond it, what was set longest ago is forgotten
 */
export function createMemory<T>(size: number, freshMs: number, now: () => number): Memory<T> {
  const entries = new Map<string, { value: T; at: number }>();
  return {
    get(name) {
      const entry = entries.get(name);
      return entry && { value: entry.value, isFresh: now() - entry.at < freshMs };
    },
    set(name, value) {
      entries.delete(name);
      entries.set(name, { value, at: now() });
      if (entries.size > size) entries.delete(entries.keys().next().value ?? '');
    },
    forget: (name) => void entries.delete(name),
    forgetWhere(isMeant) {
      for (const [name, { value }] of entries) if (isMeant(value)) entries.delete(name);
    },
  };
}
