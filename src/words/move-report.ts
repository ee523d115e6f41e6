/** What `pantry-queue migrate images` has counted. */
export interface MoveReport {
  /** That receipts name, each once. */
  readonly images: number;
  /** Copied now, and read back as they were. */
  readonly moved: number;
  readonly movedBytes: number;
  /** In the other store already. */
  readonly there: number;
  /** In neither store: the first of their paths, and how many. */
  readonly missing: readonly string[];
  readonly missingCount: number;
  /** Not what was uploaded, so nobody can use them. */
  readonly changed: readonly string[];
  readonly changedCount: number;
  readonly switched: boolean;
}

const listed = (paths: readonly string[], all: number) => [
  ...paths.map((path) => `  ${path}`),
  ...(all > paths.length ? [`  and ${all - paths.length} more`] : []),
];

/** What `pantry-queue migrate images` has done, and what comes next. */
export function moveText(report: MoveReport, { to, dryRun }: { to: 'folder' | 's3'; dryRun: boolean }): string[] {
  const { images, moved, movedBytes, there, missing, missingCount, changed, changedCount } = report;
  const megabytes = (movedBytes / 1e6).toFixed(1);
  const store = to === 's3' ? 'the S3 store' : 'the folder';
  const next = report.switched
    ? `The queue uses ${store} from now on. Start its processes ${to === 's3' ? 'with' : 'without'} S3_ENDPOINT.`
    : 'Stop all processes of the queue, and run this again with --switch.';
  return [
    `${images} images: ${moved} ${dryRun ? 'to be moved' : 'moved'} (${megabytes} MB), ${there} there already, ${missingCount} missing, ${changedCount} changed.`,
    ...(missingCount > 0 ? ['In neither store:', ...listed(missing, missingCount)] : []),
    ...(changedCount > 0 ? ['Not what was uploaded, and left where they are:', ...listed(changed, changedCount)] : []),
    ...(dryRun ? [] : [next]),
  ];
}
