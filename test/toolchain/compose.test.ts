import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Ajv, type AnySchemaObject } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { makeSecrets } from '../../deploy/secrets.mjs';
import { createProgram } from '../../src/cli/program.ts';
import { readConfig, SETTINGS } from '../../src/config.ts';
import { SEARCH_ATTRIBUTES } from '../../src/contract/names.ts';
import { WORKER_STOP } from '../../src/contract/policies.ts';
import { TEMPORAL_SETTINGS } from '../../src/embedded/temporal.ts';
import { type ComposeFile, isOurs, rawCompose, readCompose, type Service, seconds } from './support/compose-file.ts';
import { faultsOf, PLACES, PUBLISHED, SERVICE_RULES } from './support/compose-rules.ts';
import { FOREIGN_VARIABLES } from './support/compose-variables.ts';
import { stageOf } from './support/dockerfile.ts';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const compose = readCompose();
const services = Object.entries(compose.services);
const ours = services.filter(([, service]) => isOurs(service));

const service = (name: string): Service => compose.services[name] ?? expect.fail(`there is no service ${name}`);
/** The file with one service changed. */
function changed(name: string, change: (service: Service) => void): ComposeFile {
  const file = structuredClone(compose);
  change(file.services[name] ?? expect.fail(`there is no service ${name}`));
  return file;
}

describe('[P1] docker-compose.yml', () => {
  it('is what the specification of Compose allows', () => {
    const schema: AnySchemaObject = JSON.parse(read('test/toolchain/schemas/compose-spec.json'));
    // Its address of the meta-schema is not the one that Ajv knows it by.
    delete schema.$schema;
    const ajv = new Ajv({ strict: false, formats: { duration: true } });
    const allows = ajv.compile(schema);
    expect([allows(rawCompose()), allows.errors]).toEqual([true, null]);
    expect(allows({ services: { api: { image: 'x', port: ['8000:8000'] } } })).toBe(false);
  });

  it('has the services that the documentation names', () => {
    expect(Object.keys(compose.services).sort()).toEqual(Object.keys(PLACES).sort());
    const monitoring = services.filter(([, { profiles }]) => profiles?.includes('monitoring')).map(([name]) => name);
    expect(monitoring).toEqual(['prometheus', 'grafana', 'otel-collector']);
  });

  it('breaks none of its rules', () => {
    expect(faultsOf(compose)).toEqual([]);
  });

  it.each(Object.entries(SERVICE_RULES))(
    'would be found out, service by service, when one of them: %s',
    (title, rule) => {
      const held = services.filter(([name, each]) => rule.of?.(each, name) ?? true);
      expect(held.length).toBeGreaterThan(0);
      for (const [name] of held) {
        const broken = changed(name, (each) => rule.breaks(each, name));
        expect(faultsOf(broken), `${name}: ${title}`).toContain(`${name}: ${title}`);
      }
    },
  );

  it.each(services.map(([name]) => name))('has no key of %s that a rule would not miss', (name) => {
    const raw = rawCompose() as { services: Record<string, Record<string, unknown>> };
    const keys = Object.keys(raw.services[name] ?? {}).filter((key) => !HELD_ELSEWHERE.includes(key));
    const unmissed = keys.filter((key) => {
      const without = structuredClone(raw);
      delete without.services[name]?.[key];
      return faultsOf(readCompose(without)).length === 0;
    });
    expect(unmissed).toEqual([]);
  });

  it('lets only those reach the outside who are called from there, call it, or send to it', () => {
    const open = Object.entries(compose.networks).filter(([, { internal }]) => internal !== true);
    expect(open.map(([name]) => name)).toEqual(['outside']);
    const on = (network: string) =>
      services.filter(([, each]) => each.networks.includes(network)).map(([name]) => name);
    expect(on('outside').sort()).toEqual([...Object.keys(PUBLISHED), 'worker', 'otel-collector'].sort());
  });

  it('keeps the agent from PostgreSQL and Temporal, and lets it reach the store', () => {
    const meets = (one: string, other: string) =>
      service(one).networks.some((network) => service(other).networks.includes(network));
    expect([meets('agent', 'postgres'), meets('agent', 'temporal'), meets('agent', 's3')]).toEqual([
      false,
      false,
      true,
    ]);
    expect(services.map(([name]) => name).filter((name) => meets(name, 'postgres'))).toEqual([
      ...['postgres', 'temporal-schema', 'temporal', 'migrate', 'api', 'worker'],
    ]);
  });

  it('lets Prometheus reach everything that its configuration names', () => {
    const config = read('deploy/prometheus/prometheus.yml');
    const named = [...config.matchAll(/names: \[([a-z-]+)\]|"([a-z][a-z-]*):\d+"/g)].map(
      ([, found, fixed]) => found ?? fixed ?? '',
    );
    expect([...new Set(named)].sort()).toEqual(['agent', 'api', 'worker']);
    const { networks } = service('prometheus');
    for (const name of named)
      expect(
        service(name).networks.filter((each) => networks.includes(each)),
        name,
      ).not.toEqual([]);
  });

  it('runs as many workers as one likes: none has a name, a port or a volume to itself', () => {
    const { container_name, ports, volumes } = service('worker');
    expect([container_name, ports, volumes]).toEqual([undefined, [], []]);
  });

  it('gives a worker longer to end than its own grace', () => {
    const { environment, stop_grace_period } = service('worker');
    const ownS = Number(environment.SHUTDOWN_GRACE) + WORKER_STOP.handBackMs / 1_000;
    expect(seconds(stop_grace_period)).toBeGreaterThan(ownS);
  });
});

/** Compared with what they must be by tests of their own below. */
const HELD_ELSEWHERE = ['environment', 'build', 'profiles', 'shm_size'];

describe('[P1] the settings in docker-compose.yml', () => {
  let secrets = '';
  beforeAll(() => {
    secrets = mkdtempSync(path.join(tmpdir(), 'pantry-compose-'));
    makeSecrets(secrets);
  });
  afterAll(() => rmSync(secrets, { recursive: true, force: true }));

  /** As a container sees it, with its secrets where they were made here. */
  const environmentOf = (name: string) => {
    const values = Object.entries(service(name).environment);
    return Object.fromEntries(values.map(([key, value]) => [key, value.replace('/run/secrets', secrets)]));
  };
  const configOf = (name: string) => readConfig(environmentOf(name));

  it.each(ours.map(([name]) => name))('of %s are settings of ours, of Temporal’s library or of Node', (name) => {
    const known = [
      ...Object.keys(SETTINGS),
      'TEMPORAL_ADDRESS',
      'TEMPORAL_NAMESPACE',
      'NODE_OPTIONS',
      'MALLOC_ARENA_MAX',
    ];
    const given = Object.keys(service(name).environment).map((key) => key.replace(/_FILE$/, ''));
    expect(given.filter((key) => !known.includes(key))).toEqual([]);
  });

  it.each(services.filter(([, each]) => !isOurs(each)).map(([name]) => name))(
    'of %s are those of its image',
    (name) => {
      const known = Object.keys(FOREIGN_VARIABLES[name] ?? {});
      expect(Object.keys(service(name).environment).sort()).toEqual(known.sort());
      for (const source of Object.values(FOREIGN_VARIABLES[name] ?? {})) expect(source).toMatch(/^https:\/\//);
    },
  );

  it('start a server that wants keys, and workers on the same queue', () => {
    const [api, worker] = [configOf('api'), configOf('worker')];
    expect(api.http).toMatchObject({ host: '0.0.0.0', port: 8_000, auth: 'required', allowedHosts: ['api'] });
    expect(worker.databaseUrl).toBe(api.databaseUrl);
    expect(worker.images).toEqual(api.images);
    expect(worker.queue).toEqual(api.queue);
    expect(worker.agent.url).toBe('http://agent:8002');
  });

  it('give the tables to the one who migrates, and a login without them to everybody else', () => {
    const logins = ['migrate', 'api', 'worker'].map((name) => {
      const { username, hostname, pathname } = new URL(configOf(name).databaseUrl);
      return `${username}@${hostname}${pathname}`;
    });
    expect(logins).toEqual(['queue_owner@postgres/queue', 'queue_app@postgres/queue', 'queue_app@postgres/queue']);
  });

  it('are one namespace for all who speak with Temporal', () => {
    const names = ['api', 'worker', 'temporal-namespace'].map((name) => service(name).environment.TEMPORAL_NAMESPACE);
    expect([...new Set(names)]).toEqual([service('temporal-ui').environment.TEMPORAL_DEFAULT_NAMESPACE]);
  });

  it('name the agent by a name that it answers to, and the store by one that it may fetch from', () => {
    const { command = [] } = service('agent');
    expect(command).toContain(`--allowed-host=${new URL(configOf('worker').agent.url).hostname}`);
    expect(command).toContain(`--image-url-origin=${service('api').environment.S3_ENDPOINT}`);
    expect(command).toContain(`--port=${new URL(configOf('worker').agent.url).port}`);
  });

  it('name the bucket that the store makes', () => {
    expect(service('s3').command).toContain(`-bucket=${configOf('api').images.bucket}`);
  });
});

describe('[P1] what docker-compose.yml runs', () => {
  const program = createProgram('0.0.0', []);

  it.each(ours)(
    'is a command of ours, with flags that it has: %s',
    (_name, { command: [word = '', ...flags] = [] }) => {
      const command =
        program.commands.find((each) => each.name() === word) ?? expect.fail(`there is no command ${word}`);
      const known = command.options.map(({ long }) => long);
      for (const flag of flags) expect(known).toContain(flag.replace(/=.*/, ''));
    },
  );

  it.each(ours)('asks for its health where it listens: %s', (name, { healthcheck, environment, command = [] }) => {
    if (healthcheck === undefined) return expect(name).toBe('migrate');
    const [, node, script, url] = healthcheck.test ?? [];
    expect([node, script]).toEqual(stageOf(read('Dockerfile'), 'queue').healthcheck.slice(0, 2));
    const { port, pathname } = new URL(url ?? '');
    const flagged = command.find((word) => word.startsWith('--port='))?.slice('--port='.length);
    const ports = { '/readyz': flagged ?? environment.PORT, '/metrics': environment.METRICS_PORT };
    expect(port).toBe(ports[pathname as keyof typeof ports]);
  });

  it('gives Temporal the search attributes of the code, and the settings of the embedded one', () => {
    const script = read('deploy/temporal/namespace.sh');
    const named = [...script.matchAll(/--name (\w+) --type (\w+)/g)].map(([, name, type]) => [name, type]);
    expect(Object.fromEntries(named)).toEqual(SEARCH_ATTRIBUTES);
    const values = parse(read('deploy/temporal/dynamic.yaml')) as Record<string, [{ value: unknown }]>;
    const settings = Object.entries(values).map(([name, [{ value }]]) => `${name}=${JSON.stringify(value)}`);
    expect(settings.sort()).toEqual([...TEMPORAL_SETTINGS].sort());
  });
});

describe('[P1] the secrets of docker-compose.yml', () => {
  it('are all made by one command, once, and lie where it looks for them', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'pantry-secrets-'));
    const made = makeSecrets(folder);
    expect(made.sort()).toEqual(Object.keys(compose.secrets).sort());
    for (const [name, { file }] of Object.entries(compose.secrets)) expect(file).toBe(`./deploy/secrets/${name}`);
    const before = readFileSync(path.join(folder, 'postgres_password'), 'utf8');
    rmSync(path.join(folder, 'grafana_password'));
    expect(makeSecrets(folder)).toEqual(['grafana_password']);
    expect(readFileSync(path.join(folder, 'postgres_password'), 'utf8')).toBe(before);
    rmSync(folder, { recursive: true });
  });

  it('lie in a folder that is closed to others, as files that every container can read', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'pantry-secrets-'));
    makeSecrets(folder);
    const mode = (file: string) => statSync(file).mode & 0o777;
    expect(mode(folder)).toBe(0o700);
    expect(mode(path.join(folder, 'app_database_url'))).toBe(0o444);
    rmSync(folder, { recursive: true });
  });

  it('are never committed and never sent to a builder', () => {
    expect(read('.gitignore').split('\n')).toContain('deploy/secrets/');
    expect(read('.dockerignore')).not.toContain('secrets');
  });
});
