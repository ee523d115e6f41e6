/** The evidence of a reading as a list, so that a part of it can be left out: one entry for each field and each item. */
export const evidenceEntries = (evidence: unknown): Part[] => partsOf(evidence, []);

interface Part {
  readonly at: string;
  readonly value: unknown;
}

/** Values of the first level, or of the second where the first only groups them. */
function partsOf(value: unknown, path: readonly string[]): Part[] {
  if (value === null || value === undefined) return [];
  const isGroup = path.length === 0 || (path.length === 1 && holdsObjects(value));
  if (typeof value !== 'object' || !isGroup) return [{ at: path.join('/'), value }];
  return Object.entries(value).flatMap(([name, entry]) => partsOf(entry, [...path, name]));
}

const holdsObjects = (value: unknown) =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((entry) => typeof entry === 'object' && entry !== null);
