import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const words = z.array(z.string());
const service = z.object({
  image: z.string().default(''),
  build: z.object({ context: z.string(), target: z.string() }).optional(),
  profiles: words.optional(),
  command: words.optional(),
  user: z.string().optional(),
  environment: z.record(z.string(), z.string()).default({}),
  secrets: words.default([]),
  volumes: words.default([]),
  tmpfs: words.default([]),
  ports: words.default([]),
  networks: words.default([]),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z
    .object({
      test: words,
      interval: z.string(),
      timeout: z.string(),
      retries: z.number(),
      start_period: z.string(),
    })
    .partial()
    .optional(),
  restart: z.string().optional(),
  init: z.boolean().optional(),
  read_only: z.boolean().optional(),
  cap_drop: words.optional(),
  cap_add: words.optional(),
  privileged: z.boolean().optional(),
  security_opt: words.default([]),
  pids_limit: z.number().optional(),
  mem_limit: z.string().optional(),
  stop_grace_period: z.string().optional(),
  container_name: z.string().optional(),
  shm_size: z.string().optional(),
  logging: z
    .object({ driver: z.string(), options: z.record(z.string(), z.string()) })
    .partial()
    .optional(),
});
// A key that the rules do not know would be one that no rule looks at.
const composeFile = z.object({
  services: z.record(z.string(), service.strict()),
  networks: z.record(z.string(), z.object({ internal: z.boolean().optional() }).strict()),
  volumes: z.record(z.string(), z.object({}).strict()),
  secrets: z.record(z.string(), z.object({ file: z.string() }).strict()),
});

export type Service = z.infer<typeof service>;
export type ComposeFile = z.infer<typeof composeFile>;

const root = path.resolve(import.meta.dirname, '../../..');

/** docker-compose.yml as YAML has it, its anchors and merges resolved. */
export const rawCompose = (): unknown =>
  parse(readFileSync(path.join(root, 'docker-compose.yml'), 'utf8'), { merge: true });

/** The same, checked and with defaults; a variable that nobody sets has its own default. */
export function readCompose(raw: unknown = rawCompose()): ComposeFile {
  const text = JSON.stringify(raw).replace(/\$\{\w+:-([^}"]*)\}/g, '$1');
  return composeFile.parse(JSON.parse(text));
}

/** One that does something once and ends. */
export const isOnce = ({ restart }: Service): boolean => restart === 'no';
/** Built here, of one of the Dockerfile's stages that hold our program. */
export const isOurs = ({ build }: Service): boolean => build?.target === 'queue' || build?.target === 'agent';
/** `45s` */
export const seconds = (duration = ''): number => Number(/^(\d+)s$/.exec(duration)?.[1] ?? Number.NaN);
