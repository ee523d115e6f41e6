export interface GoSource {
  /** Folder of the pinned module, beside this file. */
  readonly module: string;
  /** The package of each program. */
  readonly packages: Readonly<Record<string, string>>;
  /** What a first build takes. */
  readonly minutes: number;
}

export function buildByGo(
  source: GoSource,
  options: { folder: string; log: (sentence: string) => void; places?: readonly string[] },
): Promise<string>;
