export interface OptionalEntry {
  readonly version: string;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly optional: true;
}

export function missingOptionalEntries(lock: {
  readonly packages: Readonly<Record<string, object>>;
}): Record<string, OptionalEntry>;

export function platformOf(name: string): Pick<OptionalEntry, 'os' | 'cpu' | 'libc'>;
