export const HOW_TO_GET_A_BROWSER: string;
export function findBrowser(env?: NodeJS.ProcessEnv): string | undefined;
export function ensureBrowser(options: {
  log: (sentence: string) => void;
  root: string;
  env?: NodeJS.ProcessEnv;
  run?: (program: string, args: readonly string[], more: Readonly<Record<string, string>>) => Promise<boolean>;
  isRoot?: boolean;
}): Promise<void>;
