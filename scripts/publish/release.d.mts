/** Checks everything, and publishes from CI; without `publish` npm packs and says what it would send. */
export function release(options: {
  root: string;
  publish: boolean;
  env: Readonly<Record<string, string | undefined>>;
  isBuilt: () => boolean;
  run: (program: string, args: readonly string[]) => Promise<void>;
  lint: () => Promise<readonly string[]>;
  say: (sentence: string) => void;
}): Promise<boolean>;
