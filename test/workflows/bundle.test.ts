import { readFileSync, statSync } from 'node:fs';
import { expect, it } from 'vitest';

const BUNDLE = new URL('../../dist/workflow-bundle.js', import.meta.url).pathname;
/** 1.6 MB is Temporal's own part; one zod schema in the graph would add 1.1 MB. */
const BUDGET_BYTES = 1_900_000;

it('the workflow bundle keeps to its budget', () => {
  expect(statSync(BUNDLE).size).toBeLessThan(BUDGET_BYTES);
});

it('the workflow bundle holds nothing but Temporal’s code and our workflow-safe files', () => {
  const text = readFileSync(BUNDLE, 'utf8');
  // webpack names each module that it took in.
  const modules = [...text.matchAll(/"(?:\.\/)?((?:node_modules|src|workflows)\/[^"!]+?\.[cm]?[jt]s)"/g)].map(
    (match) => match[1] ?? '',
  );
  const packages = new Set(modules.map((name) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(name)?.[1]).filter(Boolean));
  for (const foreign of ['zod', 'pg', 'undici', 'hono', 'pino']) expect(packages).not.toContain(foreign);
  expect(text).not.toContain('ZodObject');
  const ours = modules.filter((name) => !name.startsWith('node_modules/'));
  expect(ours).toContain('workflows/ocr-receipt.ts');
  for (const file of ours) {
    expect(file).toMatch(
      /^(workflows\/(index|ocr-receipt)|src\/contract\/(job|names|errors|error-table(\/[a-z]+)?|policies))\.ts$/,
    );
  }
});
