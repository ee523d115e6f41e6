import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type ComposeFile, isOnce, type Service, seconds } from './compose-file.ts';

const root = path.resolve(import.meta.dirname, '../../..');

/** Something that a service must have, and what takes it away. */
interface ServiceRule {
  readonly holds: (service: Service, name: string, file: ComposeFile) => boolean;
  readonly breaks: (service: Service, name: string) => void;
  /** Default: all of them. */
  readonly of?: (service: Service, name: string) => boolean;
}

/** Whose ports are open on this machine, and in which profile. */
export const PUBLISHED: Readonly<Record<string, string>> = {
  api: '127.0.0.1:8000:8000',
  'temporal-ui': '127.0.0.1:8080:8080',
  grafana: '127.0.0.1:3000:3000',
};
/** Nothing in its image could ask. */
const WITHOUT_HEALTHCHECK = ['otel-collector'];
const isLongLived = (service: Service) => !isOnce(service);
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
const mounts = ({ volumes }: Service) => volumes.map((volume) => volume.split(':'));

/** Scripts and configurations, but for the entry of an image itself. */
const ownFiles = ({ command = [] }: Service) =>
  command
    .map((word) => word.replace(/^--[a-z.]+=/, ''))
    .filter((word) => /^\/.+\.(sh|ya?ml)$/.test(word) && word !== '/etc/temporal/entrypoint.sh');

export const SERVICE_RULES: Readonly<Record<string, ServiceRule>> = {
  'runs as a number that is no root': {
    of: ({ build }) => build === undefined,
    holds: ({ user }) => /^[1-9]\d*:\d+$/.test(user ?? ''),
    breaks: (service) => delete service.user,
  },
  'takes the user of its image, which is built here': {
    of: ({ build }) => build !== undefined,
    holds: ({ user }) => user === undefined,
    breaks: (service) => Object.assign(service, { user: '0:0' }),
  },
  'gets no capability back': {
    holds: ({ cap_add, privileged }) => cap_add === undefined && privileged === undefined,
    breaks: (service) => Object.assign(service, { cap_add: ['CHOWN'] }),
  },
  'drops every capability': {
    holds: ({ cap_drop }) => cap_drop?.join() === 'ALL',
    breaks: (service) => delete service.cap_drop,
  },
  'gains no privileges': {
    holds: ({ security_opt }) => security_opt.includes('no-new-privileges:true'),
    breaks: (service) => Object.assign(service, { security_opt: [] }),
  },
  'cannot write to its own root': {
    holds: ({ read_only }) => read_only === true,
    breaks: (service) => delete service.read_only,
  },
  'has a bounded /tmp': {
    holds: ({ tmpfs }) => tmpfs.some((mount) => /^\/tmp:size=\d+m,mode=1777$/.test(mount)),
    breaks: (service) => Object.assign(service, { tmpfs: [] }),
  },
  'has bounded memory': {
    holds: ({ mem_limit }) => /^\d+[mg]$/.test(mem_limit ?? ''),
    breaks: (service) => delete service.mem_limit,
  },
  'has bounded processes': {
    holds: ({ pids_limit = 0 }) => pids_limit > 0,
    breaks: (service) => delete service.pids_limit,
  },
  'writes logs that are bounded': {
    holds: ({ logging }) => Boolean(logging?.options?.['max-size'] && logging.options['max-file']),
    breaks: (service) => Object.assign(service, { logging: { driver: 'json-file', options: {} } }),
  },
  'has a process that passes signals on and clears ended children away': {
    holds: ({ init }) => init === true,
    breaks: (service) => delete service.init,
  },
  'comes back by itself where it is to stay, and is not repeated where it is to end': {
    holds: ({ restart }, name) => restart === (RUNS_ONCE.includes(name) ? 'no' : 'unless-stopped'),
    breaks: (service) => Object.assign(service, { restart: 'always' }),
  },
  'is given time to end': {
    of: isLongLived,
    holds: ({ stop_grace_period }) => seconds(stop_grace_period) >= 10,
    breaks: (service) => delete service.stop_grace_period,
  },
  'is asked whether it is well, without a shell': {
    of: (service, name) => isLongLived(service) && !WITHOUT_HEALTHCHECK.includes(name),
    holds: ({ healthcheck }) =>
      healthcheck?.test?.[0] === 'CMD' &&
      [healthcheck.interval, healthcheck.timeout, healthcheck.start_period].every((time) => seconds(time) > 0) &&
      (healthcheck.retries ?? 0) > 0,
    breaks: (service) => delete service.healthcheck,
  },
  'has an exact version': {
    holds: ({ image, build }) =>
      (build?.target ?? 's3') === 's3' ? /:v?\d+\.\d+(\.\d+)?(-\w+)?$/.test(image) : image.endsWith(`:${version}`),
    breaks: (service) => Object.assign(service, { image: service.image.replace(/:[^:]*$/, ':latest') }),
  },
  'is published on this machine’s own address alone, and only where a person calls it': {
    holds: ({ ports }, name) => ports.join() === (PUBLISHED[name] ?? ''),
    breaks: (service) => service.ports.push('9999:9999'),
  },
  'waits for what it needs until that is well or done': {
    of: ({ depends_on }) => Object.keys(depends_on).length > 0,
    holds: ({ depends_on }, _name, { services }) =>
      Object.entries(depends_on).every(([on, { condition }]) => {
        const needed = services[on];
        return needed && condition === (isOnce(needed) ? 'service_completed_successfully' : 'service_healthy');
      }),
    breaks: ({ depends_on }) => Object.assign(Object.values(depends_on)[0] ?? {}, { condition: 'service_started' }),
  },
  'mounts only volumes that there are and files of this checkout, and those read-only': {
    of: ({ volumes }) => volumes.length > 0,
    holds: (service, _name, { volumes }) =>
      mounts(service).every(([from = '', , mode]) =>
        from.startsWith('./') ? mode === 'ro' && existsSync(path.join(root, from)) : from in volumes,
      ),
    breaks: (service) => service.volumes.push('./not-there:/x'),
  },
  'is given the files of ours that its command names': {
    of: (service) => ownFiles(service).length > 0,
    holds: (service) =>
      ownFiles(service).every((file) =>
        mounts(service).some(
          ([from = '', to = '']) => file.startsWith(`${to}/`) && existsSync(path.join(root, file.replace(to, from))),
        ),
      ),
    breaks: (service) => Object.assign(service, { volumes: [] }),
  },
  'never reaches the engine that runs containers': {
    holds: (service) => mounts(service).every(([from = '']) => !from.includes('docker.sock')),
    breaks: (service) => service.volumes.push('/var/run/docker.sock:/var/run/docker.sock'),
  },
  'has no secret in its environment': {
    holds: ({ environment }) =>
      Object.keys(environment).every(
        (name) => !/PASSWORD|PWD|SECRET|_KEY_ID|DATABASE_URL/.test(name) || /FILE$/.test(name),
      ),
    breaks: (service) => Object.assign(service.environment, { POSTGRES_PASSWORD: 'x' }),
  },
  'is given each secret that it names, and no other': {
    holds: (service, _name, { secrets }) =>
      service.secrets.every((secret) => secret in secrets) &&
      namedSecrets(service).sort().join() === [...service.secrets].sort().join(),
    breaks: (service) => service.secrets.push('postgres_password', 'postgres_password'),
  },
  'is on its networks and no other': {
    holds: ({ networks }, name, file) =>
      networks.every((network) => network in file.networks) && sameWords(networks, PLACES[name]?.networks),
    breaks: ({ networks }) => networks.push('ledger', 'outside'),
  },
  'starts after what it needs': {
    holds: ({ depends_on }, name) => sameWords(Object.keys(depends_on), PLACES[name]?.after),
    breaks: (service) => Object.assign(service.depends_on, { nobody: { condition: 'service_healthy' } }),
  },
  'keeps its data in a volume, at the place where its image has it': {
    holds: (service, name) =>
      (PLACES[name]?.data ?? '') ===
      mounts(service)
        .filter(([from = '']) => !from.startsWith('./'))
        .map((mount) => mount.join(':'))
        .join(),
    breaks: (service) => Object.assign(service, { volumes: ['uploads:/elsewhere'] }),
  },
  'runs what it is for': {
    holds: ({ command = [] }, name) => command.join(' ').startsWith(PLACES[name]?.runs ?? ''),
    breaks: (service) => Object.assign(service, { command: ['sleep'] }),
    of: (_service, name) => PLACES[name]?.runs !== undefined,
  },
};

const sameWords = (some: readonly string[], others: readonly string[] = []) =>
  [...some].sort().join() === [...others].sort().join();

interface Place {
  readonly networks: readonly string[];
  readonly after?: readonly string[];
  readonly data?: string;
  /** How its command begins; absent: as its image says. */
  readonly runs?: string;
}

/** Who stands where: who may reach whom follows from the networks. */
export const PLACES: Readonly<Record<string, Place>> = {
  postgres: {
    networks: ['ledger', 'temporal-data'],
    data: 'postgres-data:/var/lib/postgresql',
    runs: 'postgres -c max_connections=200',
  },
  'temporal-schema': { networks: ['temporal-data'], after: ['postgres'], runs: 'sh /opt/temporal/schema.sh' },
  temporal: {
    networks: ['temporal-data', 'engine'],
    after: ['temporal-schema'],
    runs: 'sh /opt/temporal/server.sh /etc/temporal/entrypoint.sh',
  },
  'temporal-namespace': { networks: ['engine'], after: ['temporal'], runs: 'sh /opt/temporal/namespace.sh' },
  'temporal-ui': { networks: ['engine', 'outside'], after: ['temporal'] },
  s3: { networks: ['images'], data: 's3-data:/images', runs: 'mini -dir=/images' },
  migrate: { networks: ['ledger'], after: ['postgres'], runs: 'migrate' },
  api: {
    networks: ['ledger', 'engine', 'images', 'metrics', 'outside'],
    after: ['migrate', 'temporal-namespace', 's3'],
    data: 'uploads:/data',
    runs: 'server',
  },
  worker: {
    networks: ['ledger', 'engine', 'images', 'calls', 'metrics', 'outside'],
    after: ['migrate', 'temporal-namespace', 's3', 'agent'],
    runs: 'worker',
  },
  agent: { networks: ['calls', 'images'], runs: 'agent --host=0.0.0.0' },
  prometheus: {
    networks: ['metrics', 'calls'],
    data: 'prometheus-data:/prometheus',
    runs: '--config.file=/etc/prometheus/',
  },
  grafana: { networks: ['metrics', 'outside'], after: ['prometheus'], data: 'grafana-data:/var/lib/grafana' },
  'otel-collector': { networks: ['metrics', 'outside'], runs: '--config=/etc/otelcol/' },
};

/** The rules that a file breaks, each with its service. */
export function faultsOf(file: ComposeFile): string[] {
  return Object.entries(SERVICE_RULES).flatMap(([title, { holds, of = () => true }]) =>
    Object.entries(file.services)
      .filter(([name, service]) => of(service, name) && !holds(service, name, file))
      .map(([name]) => `${name}: ${title}`),
  );
}

/** Those that do something and end. */
const RUNS_ONCE = ['temporal-schema', 'temporal-namespace', 'migrate'];

/** In its environment, its command, and the files of ours that it mounts and runs. */
function namedSecrets(service: Service): string[] {
  const scripts = mounts(service)
    .filter(([from = '']) => from.startsWith('./deploy/'))
    .flatMap(([from = '', to = '']) => filesRun(service, from, to));
  const text = [...Object.values(service.environment), ...(service.command ?? []), ...scripts].join('\n');
  return [
    ...new Set(
      [...text.matchAll(/(?:\/run\/secrets|\$\{SECRETS:-\/run\/secrets\})\/(\w+)/g)].map(([, name = '']) => name),
    ),
  ];
}

function filesRun({ command = [] }: Service, from: string, to: string): string[] {
  // PostgreSQL's image runs all that lies in this folder.
  const names =
    to === '/docker-entrypoint-initdb.d' ? ['10-roles.sql'] : command.filter((word) => word.startsWith(`${to}/`));
  return names.map((name) => readFileSync(path.join(root, from, path.basename(name)), 'utf8'));
}
