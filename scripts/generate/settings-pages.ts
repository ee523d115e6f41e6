import type { z } from 'zod';
import { SETTINGS } from '../../src/config.ts';
import { VISION_SETTINGS } from '../../src/ocr/vision/settings.ts';

interface Setting {
  readonly name: string;
  readonly description: string;
  /** As written in an environment; `undefined` where nothing is taken. */
  readonly standard: string | undefined;
  readonly required: boolean;
}

/** Read by Temporal's own library under its own names; each `…_PATH` also as `…_DATA`, the text itself. */
const temporalSettings: readonly Setting[] = [
  optional('TEMPORAL_ADDRESS', 'Host and port of the Temporal server.', '127.0.0.1:7233'),
  optional('TEMPORAL_NAMESPACE', 'Namespace in it.', 'default'),
  optional('TEMPORAL_API_KEY', 'Key for Temporal Cloud, or a server that demands one. It switches TLS on.'),
  optional(
    'TEMPORAL_API_KEY_FILE',
    'A file that holds the key. It is read again every few seconds: a key that is replaced there counts without a restart.',
  ),
  optional(
    'TEMPORAL_TLS',
    '`true`: TLS without a client certificate. Certificates and a key switch it on by themselves.',
  ),
  optional(
    'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
    'Certificate of the authority that signed the server’s, where it is no public one.',
  ),
  optional(
    'TEMPORAL_TLS_SERVER_NAME',
    'The name in the server’s certificate, where it is another than that of `TEMPORAL_ADDRESS`.',
  ),
  optional(
    'TEMPORAL_TLS_CLIENT_CERT_PATH',
    'Client certificate (mTLS), with `TEMPORAL_TLS_CLIENT_KEY_PATH` for its key. Read at the start: restart for a new one.',
  ),
  optional('TEMPORAL_PROFILE', "Profile of Temporal's configuration file (`TEMPORAL_CONFIG_FILE`) to use."),
];

/** Read by set-up and `up`, before and beside everything else. */
const machineSettings: readonly Setting[] = [
  optional('PANTRY_QUEUE_CACHE', 'Where the Temporal CLI and the OCR models are kept.', '~/.cache/pantry-queue'),
  optional(
    'AGENT_LANES',
    'Receipts that the embedded agent reads at once; each lane takes about 330 MB, with a picture of 49 megapixels up to about 410.',
    '1',
  ),
  optional('TEMPORAL_CLI_PATH', 'A Temporal CLI of your own, 1.9 or newer.'),
];

function optional(name: string, description: string, standard?: string): Setting {
  return { name, description, standard, required: false };
}

function fromSchema([name, schema]: [string, z.ZodType]): Setting {
  const { def } = schema as z.ZodType & { def: { type: string; innerType?: z.ZodType; defaultValue?: unknown } };
  const description = (schema.meta() ?? def.innerType?.meta())?.description;
  if (!description) throw new Error(`${name} has no description in src/config.ts.`);
  const standard = def.defaultValue === undefined ? undefined : String(def.defaultValue);
  return { name, description, standard, required: def.innerType === undefined };
}

const groups: readonly { readonly title: string; readonly intro: string; readonly settings: readonly Setting[] }[] = [
  {
    title: 'Queue, server and worker',
    intro:
      'For `pantry-queue server`, `worker` and `migrate`. `pantry-queue up` starts its own database, Temporal and agent ' +
      'and sets what they need.',
    settings: Object.entries(SETTINGS).map(fromSchema),
  },
  {
    title: 'Vision model',
    intro:
      'For `pantry-queue agent --driver openai` or `anthropic` ([vision.md](vision.md)). Each may be given as `NAME_FILE` too.',
    settings: Object.entries(VISION_SETTINGS).map(fromSchema),
  },
  {
    title: 'Temporal',
    intro: 'The names that the `temporal` command and the Temporal SDKs use; the library reads the rest of them too.',
    settings: temporalSettings,
  },
  {
    title: 'This machine',
    intro: 'For set-up and `pantry-queue up`.',
    settings: machineSettings,
  },
];

const note = 'Generated from src/config.ts by `npm run gen`.';

const files =
  'Any of the first table may also be given as `NAME_FILE`: the path of a file that holds the value, as secrets are given ' +
  'to containers (`DATABASE_URL_FILE=/run/secrets/database_url`). The same goes for `TEMPORAL_API_KEY`, ' +
  '`PANTRY_QUEUE_URL` and `PANTRY_QUEUE_KEY`; Temporal’s certificates are files already, by their own `…_PATH`. It is read ' +
  'once, at the start: UTF-8 text, at most 64 KB, without the line breaks at its end. A start is refused, and the ' +
  'variable named, when both are set, or when the file is missing, unreadable, empty or no text; what it holds is never shown.';

/** `docs/configuration.md` */
export function configurationPage(): string {
  const parts = groups.map(({ title, intro, settings }) => {
    const rows = settings.map(
      ({ name, description, standard, required }) =>
        `| \`${name}\` | ${description.replaceAll('|', '\\|')} | ${required ? 'required' : standard ? `\`${standard}\`` : '–'} |`,
    );
    return [`## ${title}`, '', intro, '', '| variable | meaning | default |', '|---|---|---|', ...rows, ''].join('\n');
  });
  const head = `# Configuration\n\n<!-- ${note} -->\n\nEvery setting is an environment variable; one that is empty counts as not set.\n\n${files}\n`;
  return [head, ...parts].join('\n');
}

/** `.env.example` */
export function environmentExample(): string {
  const parts = groups.map(({ title, settings }) => {
    const lines = settings.map(({ name, description, standard, required }) => {
      const value = required ? exampleOf(name) : (standard ?? '');
      return `# ${description.replaceAll('`', '')}\n${required ? '' : '# '}${name}=${value}`;
    });
    return [`## ${title}`, ...lines].join('\n\n');
  });
  const head = `# ${note.replaceAll('`', '')} Copy to .env and start with: node --env-file=.env dist/src/cli/main.js server`;
  return `${[head, ...parts].join('\n\n')}\n`;
}

function exampleOf(name: string): string {
  if (name === 'DATABASE_URL') return 'postgresql://pantry:secret@127.0.0.1:5432/pantry';
  throw new Error(`${name} is required and has no example in scripts/generate/settings-pages.ts.`);
}
