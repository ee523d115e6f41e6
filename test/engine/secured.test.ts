import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { createEngineClient, readEngineConfig } from '../../src/engine/connection.ts';
import { connectWorkers } from '../../src/engine/workers.ts';
import { startByEnvironment as start } from '../support/by-environment.ts';
import { type Authority, type Certificate, createAuthority } from '../support/certificates.ts';
import { type Fate, startGrpcProxy } from '../support/grpc-proxy.ts';

const HERE = 'DNS:localhost,IP:127.0.0.1';

let authority: Authority;
let stranger: Authority;
const certificates = {} as Record<'server' | 'elsewhere' | 'expired' | 'client' | 'unknown', Certificate>;
let keyDir = '';
beforeAll(async () => {
  [authority, stranger] = await Promise.all([createAuthority(), createAuthority()]);
  certificates.server = authority.issue('server', HERE);
  certificates.elsewhere = authority.issue('elsewhere', 'DNS:elsewhere.example');
  certificates.expired = authority.issue('expired', HERE, -1);
  certificates.client = authority.issue('client', 'DNS:client');
  certificates.unknown = stranger.issue('unknown', 'DNS:client');
  keyDir = await mkdtemp(path.join(tmpdir(), 'pantry-test-key-'));
});
afterAll(async () => {
  await authority?.dispose();
  await stranger?.dispose();
  await rm(keyDir, { recursive: true, force: true });
});

type Server = 'plain' | Exclude<keyof typeof certificates, 'client' | 'unknown'> | 'mutual';

/** The run's Temporal behind a line of its own kind. */
async function serve(kind: Server, fateOf?: Parameters<typeof startGrpcProxy>[1]) {
  const { cert, key } = certificates[kind === 'mutual' || kind === 'plain' ? 'server' : kind];
  const mutual = kind === 'mutual' && { ca: authority.cert, requestCert: true, rejectUnauthorized: true };
  const proxy = await startGrpcProxy(
    inject('temporalAddress'),
    fateOf,
    kind === 'plain' ? undefined : { cert, key, ...mutual },
  );
  onTestFinished(() => proxy.close());
  return proxy;
}

const trusting = () => ({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: authority.certFile });
const showing = ({ certFile, keyFile }: Certificate) => ({
  TEMPORAL_TLS_CLIENT_CERT_PATH: certFile,
  TEMPORAL_TLS_CLIENT_KEY_PATH: keyFile,
});

const WORKS: Readonly<Record<string, { server: Server; environment: () => Readonly<Record<string, string>> }>> = {
  'TLS of an authority of its own': { server: 'server', environment: trusting },
  'TLS for the name that TEMPORAL_TLS_SERVER_NAME gives': {
    server: 'elsewhere',
    environment: () => ({ ...trusting(), TEMPORAL_TLS_SERVER_NAME: 'elsewhere.example' }),
  },
  'a client certificate from files': {
    server: 'mutual',
    environment: () => ({ ...trusting(), ...showing(certificates.client) }),
  },
  'a client certificate in the environment itself': {
    server: 'mutual',
    environment: () => ({
      TEMPORAL_TLS_SERVER_CA_CERT_DATA: authority.cert.toString(),
      TEMPORAL_TLS_CLIENT_CERT_DATA: certificates.client.cert.toString(),
      TEMPORAL_TLS_CLIENT_KEY_DATA: certificates.client.key.toString(),
    }),
  },
};

/** What is set wrongly → what is said. */
const REFUSED: Readonly<
  Record<string, { server: Server; environment: () => Readonly<Record<string, string>>; says: string; hint: RegExp }>
> = {
  'an authority that is not named': {
    server: 'server',
    environment: () => ({ TEMPORAL_TLS: 'true' }),
    says: 'shows a certificate of an authority that this program does not know.',
    hint: /TEMPORAL_TLS_SERVER_CA_CERT_PATH/,
  },
  'another authority': {
    server: 'server',
    environment: () => ({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: stranger.certFile }),
    says: 'shows a certificate of an authority that this program does not know.',
    hint: /TEMPORAL_TLS_SERVER_CA_CERT_PATH/,
  },
  'another host name': {
    server: 'elsewhere',
    environment: trusting,
    says: 'shows a certificate for another host name.',
    hint: /TEMPORAL_TLS_SERVER_NAME/,
  },
  'a certificate that has expired': {
    server: 'expired',
    environment: trusting,
    says: 'shows a certificate that has expired.',
    hint: /renew/,
  },
  'no client certificate where one is demanded': {
    server: 'mutual',
    environment: trusting,
    says: 'demands a client certificate.',
    hint: /TEMPORAL_TLS_CLIENT_CERT_PATH/,
  },
  'a client certificate of another authority': {
    server: 'mutual',
    environment: () => ({ ...trusting(), ...showing(certificates.unknown) }),
    says: 'does not accept the client certificate of this program.',
    hint: /TEMPORAL_TLS_CLIENT_CERT_PATH/,
  },
  'TLS where the server uses none': {
    server: 'plain',
    environment: trusting,
    says: 'does not use TLS.',
    hint: /TEMPORAL_TLS=false/,
  },
  'no TLS where the server uses it': {
    server: 'server',
    environment: () => ({}),
    says: 'uses TLS, and this program is set to use none.',
    hint: /TEMPORAL_TLS=true/,
  },
};

/** Programs that are no Temporal → what one does with a line that it gets. */
const STRANGERS: Readonly<Record<string, (line: Socket) => void>> = {
  'never answers': (line) => line.on('error', () => {}).resume(),
  'ends each line at once': (line) => line.on('error', () => {}).end(),
  'breaks each line off': (line) => line.on('error', () => {}).resetAndDestroy(),
  'speaks HTTP/1.1': (line) =>
    line.on('error', () => {}).once('data', () => line.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n')),
  'greets as another protocol does': (line) => line.on('error', () => {}).write('220 mail.example ESMTP\r\n'),
};

describe('a Temporal that is reached by TEMPORAL_* alone', { timeout: 120_000 }, () => {
  it.for(Object.entries(WORKS))('[P2] runs jobs over %s', async ([, { server, environment }]) => {
    const { address } = await serve(server);
    const { enqueue, finished } = await start({ TEMPORAL_ADDRESS: address, ...environment() });
    await finished(await enqueue());
  });

  it.for(Object.entries(REFUSED))(
    '[P2] [I8] %s is named with the setting, while jobs are accepted',
    async ([, { server, environment, says, hint }]) => {
      const { address } = await serve(server);
      const { enqueue, problem } = await start({ TEMPORAL_ADDRESS: address, ...environment() }, false);
      await enqueue();
      expect(await problem()).toMatchObject({
        engine: 'misconfigured',
        code: 'engine_misconfigured',
        message: `Temporal at ${address} ${says}`,
        hint: expect.stringMatching(hint),
      });
    },
  );

  it.for(
    ['127.0.0.1:1', 'no-such-host.invalid:7233'].flatMap((address) => [false, true].map((tls) => ({ address, tls }))),
  )('[P2] [I8] nobody at $address is told of as such, TLS: $tls', async ({ address, tls }) => {
    const { enqueue, problem } = await start({ TEMPORAL_ADDRESS: address, TEMPORAL_TLS: String(tls) }, false);
    await enqueue();
    expect(await problem()).toMatchObject({ engine: 'down', message: `Temporal at ${address} cannot be reached.` });
  });

  it.for(Object.entries(STRANGERS).flatMap(([who, meets]) => [false, true].map((tls) => ({ who, meets, tls }))))(
    '[P2] [I8] a program that $who at that address is told of by its address, TLS: $tls',
    async ({ meets, tls }) => {
      const stranger = createServer(meets);
      await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
      onTestFinished(() => void stranger.close());
      const address = `127.0.0.1:${(stranger.address() as AddressInfo).port}`;
      const { enqueue, problem } = await start({ TEMPORAL_ADDRESS: address, TEMPORAL_TLS: String(tls) }, false);
      await enqueue();
      expect(await problem()).toMatchObject({
        engine: expect.stringMatching(/^(down|misconfigured)$/),
        message: expect.stringMatching(new RegExp(`^Temporal at ${address} `)),
      });
    },
  );

  it('[P2] [I8] a worker that gets no secure line says why in its log, and not what gRPC calls it', async () => {
    const { address } = await serve('expired');
    const met = await connectWorkers(readEngineConfig({ TEMPORAL_ADDRESS: address, ...trusting() })).catch(
      (error: unknown) => error,
    );
    expect(met).toMatchObject({
      code: 'engine_misconfigured',
      message: `Temporal at ${address} shows a certificate that has expired.`,
    });
  });

  it('[P2] a key and the namespace go with every call, and a key that is replaced in its file counts without a restart', async () => {
    const keyFile = path.join(keyDir, 'key');
    await writeFile(keyFile, 'first\n');
    let accepted = 'first';
    const namespaces = new Set<unknown>();
    const { address } = await serve('server', (_call, headers): Fate => {
      if (headers['temporal-namespace'] !== undefined) namespaces.add(headers['temporal-namespace']);
      const known = headers.authorization === `Bearer ${accepted}`;
      return known ? undefined : { status: 16, message: 'Request unauthorized.' };
    });
    const { enqueue, finished, problem } = await start({
      TEMPORAL_ADDRESS: address,
      TEMPORAL_API_KEY_FILE: keyFile,
      ...trusting(),
    });
    await finished(await enqueue());
    expect([...namespaces]).toEqual(['default']);

    accepted = 'second';
    const waiting = await enqueue();
    await expect.poll(problem, { timeout: 60_000 }).toMatchObject({
      message: `Temporal at ${address} does not accept the credentials of this program.`,
      hint: expect.stringMatching(/TEMPORAL_API_KEY/),
    });
    await writeFile(keyFile, 'second\n');
    await finished(waiting);
  });
});

describe('settings TEMPORAL_* that cannot be used', () => {
  const cases = {
    'a file that is not there': [
      () => ({ TEMPORAL_TLS_CLIENT_CERT_PATH: '/no/such/file', TEMPORAL_TLS_CLIENT_KEY_PATH: '/no/such/file' }),
      /^TEMPORAL_TLS_CLIENT_CERT_PATH names \/no\/such\/file, which cannot be read \(ENOENT\)\.$/,
    ],
    'a key file that is not there': [
      () => ({ TEMPORAL_API_KEY_FILE: '/no/such/key' }),
      /^TEMPORAL_API_KEY_FILE names a file that does not exist\.$/,
    ],
    'a key twice': [
      () => ({ TEMPORAL_API_KEY_FILE: '/no/such/key', TEMPORAL_API_KEY: 'secret-text' }),
      /^TEMPORAL_API_KEY_FILE and TEMPORAL_API_KEY are both set: keep one of them\.$/,
    ],
    'a certificate with another’s key': [
      () => ({
        TEMPORAL_TLS_CLIENT_CERT_PATH: certificates.client.certFile,
        TEMPORAL_TLS_CLIENT_KEY_PATH: certificates.server.keyFile,
      }),
      /^Temporal’s client certificate and its key cannot be used together\.$/,
    ],
    'a certificate that is none': [
      () => ({ TEMPORAL_TLS_CLIENT_CERT_DATA: 'secret-text', TEMPORAL_TLS_CLIENT_KEY_DATA: 'secret-text' }),
      /^Temporal’s client certificate and its key cannot be used together\.$/,
    ],
    'a profile that is not there': [
      () => ({ TEMPORAL_PROFILE: 'elsewhere', TEMPORAL_CONFIG_FILE: '/no/such/file' }),
      /^Temporal’s settings cannot be used: .*elsewhere/,
    ],
  } as const;

  it.each(Object.entries(cases))('[P2] %s is refused at the start, without the value', (_what, [environment, says]) => {
    const met = (() => {
      try {
        createEngineClient(readEngineConfig(environment()));
      } catch (error) {
        return error as Error & { hint: string };
      }
    })();
    expect(met).toMatchObject({ code: 'invalid_argument', message: expect.stringMatching(says) });
    expect(`${met?.message} ${met?.hint}`).not.toContain('secret-text');
  });
});
