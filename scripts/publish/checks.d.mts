/** A sentence for each thing that stands in the way of publishing. */
export function releaseFindings(options: { root: string; isBuilt: () => boolean }): string[];

/** Why this process cannot sign what it publishes; undefined where it can. */
export function provenanceFinding(env: Readonly<Record<string, string | undefined>>): string | undefined;

/** The `package.json` of a folder. */
export function manifestOf(root: string): { name: string; version: string };
