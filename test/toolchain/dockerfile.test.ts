import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ensureArtifact } from '#artifacts';
import { type Stage, stageOf, stagesOf } from './support/dockerfile.ts';

const root = path.resolve(import.meta.dirname, '../..');
const text = readFileSync(path.join(root, 'Dockerfile'), 'utf8');
/** What is built and run; the others only make something for them. */
const TARGETS = ['queue', 'agent', 's3'] as const;
const OURS = ['queue', 'agent'] as const;

const stages = (file: string) => stagesOf(file).map(({ name }) => name);
const bases = (file: string) => stagesOf(file).map(({ base }) => base);
const outside = (file: string) => bases(file).filter((base) => !stages(file).includes(base));
const lines = (file: string, keyword: string) =>
  stagesOf(file).flatMap(({ instructions }) => instructions.filter((line) => line.keyword === keyword));
const each = (file: string, targets: readonly string[], holds: (stage: Stage) => boolean) =>
  targets.every((target) => holds(stageOf(file, target)));

/** Files and folders that the build copies from the checkout, and not from another stage. */
const copied = (file: string) =>
  lines(file, 'COPY')
    .filter(({ flags }) => flags.from === undefined)
    .flatMap(({ text: places }) => places.split(/\s+/).slice(0, -1));

interface Rule {
  readonly holds: (file: string) => boolean;
  /** Takes what the rule asks for away. */
  readonly without: (file: string) => string;
}

const RULES: Readonly<Record<string, Rule>> = {
  'every image from outside has an exact version': {
    holds: (file) => outside(file).every((image) => /:\d+\.\d+/.test(image)),
    without: (file) => file.replace('node:24.19.0-bookworm-slim', 'node:latest'),
  },
  'it runs on Node 24': {
    holds: (file) => outside(file).filter((image) => image.startsWith('node:24.')).length >= 3,
    without: (file) => file.replace('node:24.', 'node:20.'),
  },
  'an image that runs stands on none that builds': {
    holds: (file) => stagesOf(file).every(({ name, base }) => !OURS.includes(name as 'queue') || base === 'base'),
    without: (file) => file.replace('FROM base AS queue', 'FROM build AS queue'),
  },
  'it runs as a number that is no root': {
    holds: (file) => each(file, TARGETS, ({ user }) => /^[1-9]\d{3,}:[1-9]\d{3,}$/.test(user ?? '')),
    without: (file) => file.replaceAll('USER 10001:10001\n', ''),
  },
  'its entry, command and health check are words, which no shell reads': {
    holds: (file) =>
      ['ENTRYPOINT', 'CMD', 'HEALTHCHECK'].every((keyword) => lines(file, keyword).every(({ words }) => words?.length)),
    without: (file) => file.replace('CMD ["server"]', 'CMD server'),
  },
  'it names the signal that stops it': {
    holds: (file) => each(file, TARGETS, ({ stopSignal }) => stopSignal === 'SIGTERM'),
    without: (file) => file.replaceAll('STOPSIGNAL SIGTERM\n', ''),
  },
  'an image of ours asks itself whether it is well, by Node and a route of its own': {
    holds: (file) =>
      each(file, OURS, ({ healthcheck: [node, script, url] }) =>
        [node === 'node', script === '/app/deploy/healthy.mjs', url?.endsWith('/readyz')].every(Boolean),
      ),
    without: (file) => file.replace(/HEALTHCHECK .*\n/, ''),
  },
  'nothing is fetched but what a lock or a checksum names': {
    holds: (file) => !/\b(curl|wget|apt-get|apk)\b|ADD\s|npm (install|i)\b/.test(file) && file.includes('npm ci'),
    without: (file) => file.replace('npm ci', 'npm install'),
  },
  'no secret is an argument or a variable of the build': {
    holds: (file) =>
      ['ARG', 'ENV'].every((keyword) =>
        lines(file, keyword).every((line) => !/PASSWORD|SECRET|KEY|TOKEN|_URL/.test(line.text)),
      ),
    without: (file) => file.replace('ENV NODE_ENV', 'ENV DATABASE_URL=postgresql://a:b@c/d NODE_ENV'),
  },
  'it needs no home and no owner: every user may write to its folders of data': {
    holds: (file) =>
      each(file, OURS, ({ env, writable }) => env.HOME === '/tmp' && writable.includes(env.DATA_DIR ?? '')),
    without: (file) => file.replace('RUN mkdir -m 1777 /data', 'RUN mkdir /data'),
  },
  'a worker that is stopped ends before Docker kills it after ten seconds': {
    holds: (file) => each(file, ['queue'], ({ env }) => Number(env.SHUTDOWN_GRACE) <= 5),
    without: (file) => file.replace('SHUTDOWN_GRACE=5', ''),
  },
  'what it copies from the checkout is there, and goes to the builder': {
    holds: (file) => copied(file).every((place) => existsSync(path.join(root, place)) && isSent(place)),
    without: (file) => file.replace('COPY src/ src/', 'COPY src/ test/ src/'),
  },
  'the whole checkout is never copied': {
    holds: (file) => copied(file).every((place) => place !== '.' && place !== './'),
    without: (file) => file.replace('COPY src/ src/', 'COPY . .'),
  },
};

const sent = readFileSync(path.join(root, '.dockerignore'), 'utf8').split('\n');
const isSent = (place: string) => sent.includes(`!${place}`);

describe('[P1] the Dockerfile', () => {
  it.each(Object.entries(RULES))('keeps the rule: %s', (_title, { holds, without }) => {
    expect(holds(text)).toBe(true);
    const broken = without(text);
    expect(broken).not.toBe(text);
    expect(holds(broken)).toBe(false);
  });

  it('passes hadolint, which finds what is wrong with another', async () => {
    const hadolint = await ensureArtifact('hadolint');
    const found = (input: string) =>
      spawnSync(hadolint, ['--no-color', '--config', '/dev/null', '-'], { input, encoding: 'utf8', timeout: 30_000 })
        .stdout;
    expect(found(text)).toBe('');
    expect(found('FROM node:latest\nRUN cd /x && sudo npm install\n')).toMatch(/DL3007[\s\S]*DL3004/);
  });

  it('sends nothing to the builder that it does not name', () => {
    expect(sent[1]).toBe('*');
    const named = sent.slice(2).filter((line) => line !== '');
    expect(named.map((line) => line.slice(1)).sort()).toEqual([...new Set(copied(text))].sort());
  });
});
