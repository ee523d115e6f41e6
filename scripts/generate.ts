/**
 * Writes the files that are made from code (`npm run gen`), so that no page repeats by hand what a table says.
 * `--check` writes nothing and exits 1 when one is out of date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { capacityPage } from './generate/capacity-page.ts';
import { cliPage } from './generate/cli-page.ts';
import { dashboardOperations } from './generate/dashboard-operations.ts';
import { dashboardRoutes } from './generate/dashboard-routes.ts';
import { eventsPage } from './generate/events-page.ts';
import { logsPage } from './generate/logs-page.ts';
import { metricsPage } from './generate/metrics-page.ts';
import { configurationPage, environmentExample } from './generate/settings-pages.ts';
import { tokensCss } from './generate/tokens-css.ts';

/** Path from the root of the project → its content. */
export const generated: Readonly<Record<string, () => string>> = {
  'dashboard/api/routes.generated.ts': dashboardRoutes,
  'docs/capacity.md': capacityPage,
  'docs/cli.md': cliPage,
  'docs/configuration.md': configurationPage,
  'docs/events.md': eventsPage,
  'docs/logs.md': logsPage,
  'docs/metrics.md': metricsPage,
  '.env.example': environmentExample,
  'dashboard/pages/api/operations.generated.ts': dashboardOperations,
  'dashboard/styles/tokens.generated.css': tokensCss,
};

/** The generated files that differ from what the code says now. */
export function outOfDate(): string[] {
  return Object.entries(generated)
    .filter(([file, content]) => read(file) !== content())
    .map(([file]) => file);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(at(file), 'utf8');
  } catch {
    return undefined;
  }
}

function at(file: string): URL {
  return new URL(`../${file}`, import.meta.url);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = outOfDate();
  if (process.argv.includes('--check')) {
    for (const file of files) console.error(`${file} is out of date: npm run gen`);
    process.exitCode = files.length === 0 ? 0 : 1;
  } else {
    for (const file of files) writeFileSync(at(file), generated[file]?.() ?? '');
    console.error(files.length === 0 ? 'Everything is up to date.' : `Written: ${files.join(', ')}`);
  }
}
