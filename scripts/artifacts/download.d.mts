export interface DownloadSource {
  readonly archive?: 'tar.gz';
  /** The archive holds one folder, and the files lie in that. */
  readonly inFolder?: boolean;
  readonly urls: (platform: readonly string[]) => readonly string[];
  readonly sha256?: Readonly<Record<string, string>>;
}

export function fetchByDownload(
  source: DownloadSource,
  options: {
    artifact: { readonly files: readonly { readonly name: string; readonly sha256?: string }[] };
    platform: string;
    folder: string;
    log: (sentence: string) => void;
  },
): Promise<string>;
