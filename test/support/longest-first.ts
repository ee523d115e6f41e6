import { readFileSync } from 'node:fs';
import path from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const TESTS = path.resolve(import.meta.dirname, '..');

/** Seconds, as `scripts/file-times.mjs` wrote them down. */
const times = new Map(
  Object.entries(JSON.parse(readFileSync(path.join(import.meta.dirname, 'file-times.json'), 'utf8'))).map(
    ([file, seconds]) => [path.join(TESTS, file), Number(seconds)],
  ),
);

/** A file as far as its place depends on it. */
export interface Placed {
  readonly file: string;
  /** Whether it shares its process with others of its project. */
  readonly shares: boolean;
}

/**
 * Files with a process of their own first: between files that share one they would end it, and what it has loaded.
 * Among each the longest first, since one that starts last is waited for by itself.
 */
export function compare(left: Placed, right: Placed, seconds: ReadonlyMap<string, number> = times): number {
  const byKind = Number(left.shares) - Number(right.shares);
  return byKind || (seconds.get(right.file) ?? 0) - (seconds.get(left.file) ?? 0);
}

const placed = ({ moduleId, project }: TestSpecification): Placed => ({
  file: moduleId,
  shares: !project.config.isolate,
});

/** Vitest knows how long a file takes only where it has run before, which no fresh checkout has. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((left, right) => compare(placed(left), placed(right)));
  }
}
