import { describe, expect, it } from 'vitest';
import { readConfig } from '../src/config.ts';

const DATABASE_URL = 'postgresql://pantry:secret@db/pantry';

describe('the settings', () => {
  it('have the replaced system’s names and defaults', () => {
    const config = readConfig({ DATABASE_URL });
    expect(config).toMatchObject({
      databaseUrl: DATABASE_URL,
      logLevel: 'info',
      queue: {
        name: 'pantry-pilot',
        workflowIdPrefix: '',
        defaultCurrency: 'VND',
        resultTtlS: 0,
        failureTtlS: 0,
        reviewExpiresS: 0,
      },
      agent: { url: 'http://127.0.0.1:8002', timeoutMs: 600_000 },
      worker: { name: undefined, slots: 10, burst: false },
      http: { host: '127.0.0.1', port: 8_000, allowedHosts: [], allowedOrigins: [] },
      images: { dir: expect.stringMatching(/\.data\/images$/), bucket: 'receipts' },
    });
  });

  it('cannot be changed once read', () => {
    const config = readConfig({ DATABASE_URL });
    expect(() => Object.assign(config.http, { port: 1 })).toThrow(TypeError);
  });

  it.each(['postgresql+asyncpg', 'postgresql+psycopg2', 'postgres+psycopg', 'postgresql'])(
    'take the address of an existing installation: %s',
    (scheme) => {
      const { databaseUrl } = readConfig({ DATABASE_URL: `${scheme}://u:p@h:5432/d` });
      expect(databaseUrl).toMatch(/^postgres(ql)?:\/\/u:p@h:5432\/d$/);
    },
  );

  it('count a variable that is set to nothing as not set', () => {
    expect(readConfig({ DATABASE_URL, PORT: '', IMAGE_DIR: '', WORKER_NAME: '' }).http.port).toBe(8_000);
  });
});

describe('who may call', () => {
  it('is read as a list, whatever its case and spaces', () => {
    const { http } = readConfig({
      DATABASE_URL,
      ALLOWED_HOSTS: ' Queue.Example,10.0.0.5 , [FD00::5]',
      ALLOWED_ORIGINS: 'https://App.example, http://localhost:3000',
    });
    expect(http.allowedHosts).toEqual(['queue.example', '10.0.0.5', '[fd00::5]']);
    expect(http.allowedOrigins).toEqual(['https://app.example', 'http://localhost:3000']);
  });

  it.each([
    ...['*', '*.example', 'https://queue.example', 'queue.example:8000', 'queue.example/', 'a b', 'a,,b', '.'].map(
      (value) => ['ALLOWED_HOSTS', value, 'without scheme and port'],
    ),
    ...['*', 'null', 'app.example', 'https://app.example/', 'https://*.example', 'file://', 'https://a@b', ','].map(
      (value) => ['ALLOWED_ORIGINS', value, 'scheme, host and port alone'],
    ),
  ])('is refused by name and rule when no name or origin could be so: %s=%s', (name, value, words) => {
    expect(() => readConfig({ DATABASE_URL, [name]: value })).toThrow(new RegExp(`^${name} .*${words}`));
  });
});

describe('a setting that is not usable', () => {
  it.each([
    ['DATABASE_URL', '', 'is not set'],
    ['DATABASE_URL', 'mysql://x', 'must look like postgresql://'],
    ['PORT', '70000', 'must be from 0 to 65535'],
    ['PORT', 'abc', 'must be a whole number from 0 to 65535'],
    ['PORT', '-1', 'must be a whole number'],
    ['PORT', '8e3', 'must be a whole number'],
    ['AGENT_SLOTS', '0', 'must be from 1 to 1000'],
    ['AGENT_SLOTS', '1000000', 'must be from 1 to 1000'],
    ['DEFAULT_TIMEOUT', '0', 'must be from 1'],
    ['AGENT_URL', 'localhost:8002', 'must be an http:// or https:// address'],
    ['AGENT_URL', 'file:///etc/passwd', 'must be an http:// or https:// address'],
    ['QUEUE_NAME', 'a b', 'letters, digits'],
    ['IMAGE_BUCKET', '../x', 'letters, digits'],
    ['DEFAULT_CURRENCY', 'dong', 'three capital letters'],
    ['BURST_MODE', 'yes', 'must be true or false'],
    ['LOG_LEVEL', 'loud', 'LOG_LEVEL'],
    ['AUTH', 'closed', 'must be open or required'],
  ])('is named, with what is allowed: %s=%s', (name, value, words) => {
    expect(() => readConfig({ DATABASE_URL, [name]: value })).toThrow(
      expect.objectContaining({
        code: 'invalid_argument',
        message: expect.stringMatching(new RegExp(`^${name} `)),
      }),
    );
    expect(() => readConfig({ DATABASE_URL, [name]: value })).toThrow(words);
  });

  it('is never repeated: it may be a password', () => {
    expect(() => readConfig({ DATABASE_URL: 'hunter2' })).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('hunter2') }),
    );
  });
});

describe('tokens of an identity provider', () => {
  const TOKENS = {
    ...{ DATABASE_URL, AUTH: 'required', PUBLIC_URL: 'https://Queue.example/', JWT_ISSUER: 'https://login.example/' },
    JWT_JWKS_URL: 'https://login.example/keys',
  };

  it('[S4] are taken for this server and its MCP endpoint, with our scopes by their names', () => {
    const { http } = readConfig(TOKENS);
    expect(http).toMatchObject({ publicUrl: 'https://queue.example', allowedHosts: ['queue.example'] });
    expect(http.tokens).toMatchObject({
      ...{ issuer: 'https://login.example/', keySetUrl: 'https://login.example/keys' },
      audiences: ['https://queue.example', 'https://queue.example/mcp'],
      algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'],
      claims: { user: 'user_id', tenant: undefined, scope: 'scope' },
    });
    expect([...(http.tokens?.claims.scopes.keys() ?? [])]).toEqual([
      'jobs:read',
      'jobs:write',
      'queue:admin',
      'act_as',
    ]);
    expect(readConfig({ DATABASE_URL }).http.tokens).toBeUndefined();
  });

  it('[S4] are read as the settings say', () => {
    const { tokens } = readConfig({
      ...TOKENS,
      ...{ JWT_AUDIENCE: 'api://Queue, x', JWT_ALGORITHMS: 'RS256, ES384', JWT_USER_CLAIM: 'https://shop.example/uid' },
      ...{ JWT_TENANT_CLAIM: 'org', JWT_SCOPE_CLAIM: 'scp', JWT_SCOPES: 'Receipts.Read=jobs:read, ops=metrics:read' },
    }).http;
    expect(tokens).toMatchObject({
      ...{ audiences: ['api://Queue', 'x'], algorithms: ['RS256', 'ES384'] },
      claims: { user: 'https://shop.example/uid', tenant: 'org', scope: 'scp' },
    });
    expect([...(tokens?.claims.scopes ?? [])]).toEqual([
      ['Receipts.Read', 'jobs:read'],
      ['ops', 'metrics:read'],
    ]);
  });

  it.each([
    [{ AUTH: 'open' }, 'AUTH=open asks nobody for a token'],
    [{ PUBLIC_URL: '' }, 'JWT_ISSUER is set and PUBLIC_URL is not.'],
    [{ JWT_JWKS_URL: '', PUBLIC_URL: '' }, 'JWT_ISSUER is set and JWT_JWKS_URL and PUBLIC_URL is not.'],
    [{ JWT_ISSUER: '' }, 'JWT_JWKS_URL is set and JWT_ISSUER is not.'],
    [{ JWT_ISSUER: 'http://login.example' }, 'JWT_ISSUER must be an https:// address'],
    [{ JWT_JWKS_URL: 'http://169.254.169.254/keys' }, 'JWT_JWKS_URL must be an https:// address'],
    [{ JWT_JWKS_URL: 'https://a:b@login.example/keys' }, 'JWT_JWKS_URL must be an https:// address'],
    [{ PUBLIC_URL: 'https://queue.example/queue' }, 'PUBLIC_URL must have no path'],
    [{ JWT_ALGORITHMS: 'HS256' }, 'JWT_ALGORITHMS must be of RS256'],
    [{ JWT_ALGORITHMS: 'none' }, 'JWT_ALGORITHMS must be of RS256'],
    [{ JWT_SCOPES: 'a=everything' }, 'JWT_SCOPES must be scopes of the issuer with ours'],
    [{ JWT_USER_CLAIM: 'a b' }, 'JWT_USER_CLAIM must be 1 to 256 characters'],
  ])('[S4] are refused where the settings do not fit together: %j', (changes, message) => {
    expect(() => readConfig({ ...TOKENS, ...changes })).toThrow(message);
  });
});
