import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readClientSettings, readConfig, SETTINGS } from '../../src/config.ts';
import { childEnvironment } from '../../src/embedded/child-environment.ts';
import { embeddedSettings } from '../../src/embedded/settings.ts';
import { readEngineConfig } from '../../src/engine/connection.ts';
import { withSettingFiles } from '../../src/settings/files.ts';

const SECRET = 'postgresql://queue:hunter2@db/queue';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pantry-secrets-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function fileWith(content: string | Uint8Array): string {
  files += 1;
  const file = path.join(folder, `secret-${files}`);
  writeFileSync(file, content);
  return file;
}

describe('[P1] a setting in a file', () => {
  it.each(Object.keys(SETTINGS))('can be %s, which its file then holds', (name) => {
    const env = withSettingFiles({ [`${name}_FILE`]: fileWith('the value\n') }, Object.keys(SETTINGS));
    expect([env[name], env[`${name}_FILE`]]).toEqual(['the value', undefined]);
  });

  it('is the address of the database, its line break not part of it', () => {
    expect(readConfig({ DATABASE_URL_FILE: fileWith(`${SECRET}\r\n`) }).databaseUrl).toBe(SECRET);
    expect(readConfig({ DATABASE_URL_FILE: fileWith(SECRET) }).databaseUrl).toBe(SECRET);
  });

  it('keeps spaces, which may belong to a password', () => {
    const env = withSettingFiles({ PANTRY_QUEUE_KEY_FILE: fileWith(' a b \n') }, ['PANTRY_QUEUE_KEY']);
    expect(env.PANTRY_QUEUE_KEY).toBe(' a b ');
  });

  it('may be a link, as Kubernetes mounts secrets', () => {
    const link = path.join(folder, 'link');
    symlinkSync(fileWith(SECRET), link);
    expect(readConfig({ DATABASE_URL_FILE: link }).databaseUrl).toBe(SECRET);
  });

  it('is the key of Temporal Cloud, which Temporal’s own library reads', () => {
    const engine = readEngineConfig({
      TEMPORAL_API_KEY_FILE: fileWith('tmprl-key\n'),
      TEMPORAL_ADDRESS: 'a.example:7233',
    });
    expect(engine).toMatchObject({ address: 'a.example:7233', connectionOptions: { apiKey: 'tmprl-key' } });
  });

  it('is what clients and up are told as well', () => {
    const client = { PANTRY_QUEUE_URL_FILE: fileWith('http://queue.example'), PANTRY_QUEUE_KEY_FILE: fileWith('key') };
    expect(readClientSettings(client)).toEqual({ url: 'http://queue.example', key: 'key' });
    expect(embeddedSettings({ PORT_FILE: fileWith('9000') }).port).toBe(9_000);
  });

  it('that stands in the shell does not lead a part of up astray', () => {
    for (const name of ['DATABASE_URL_FILE', 'TEMPORAL_API_KEY_FILE', 'IMAGE_DIR_FILE', 'LOG_LEVEL_FILE'])
      vi.stubEnv(name, folder);
    const env = childEnvironment({ IMAGE_DIR: '/x' });
    const given = Object.entries(env).filter(([, value]) => value === folder);
    expect(given).toEqual([['LOG_LEVEL_FILE', folder]]);
    expect(env.IMAGE_DIR).toBe('/x');
    vi.unstubAllEnvs();
  });
});

describe('a file of a setting that is not usable', () => {
  const missing = () => path.join(folder, 'not-there');
  const pipe = () => {
    const file = path.join(folder, 'pipe');
    execFileSync('mkfifo', [file]);
    return file;
  };
  it.each<[string, () => string]>([
    ['names a file that does not exist', missing],
    ['names a file that does not exist', () => path.join(fileWith('a file'), 'inside')],
    ['does not name a regular file', () => folder],
    ['does not name a regular file', pipe],
    ['names an empty file', () => fileWith('')],
    ['names an empty file', () => fileWith('\r\n\n')],
    ['names a file of more than 64 KB', () => fileWith('x'.repeat(65_537))],
    ['names a file that is not UTF-8 text', () => fileWith(Buffer.from([0x70, 0xff, 0xfe]))],
    [
      'names a file that cannot be read (ELOOP)',
      () => {
        const loop = path.join(folder, 'loop');
        symlinkSync(loop, loop);
        return loop;
      },
    ],
  ])('is refused by the name of the variable alone: %s', (words, make) => {
    const file = make();
    expect(() => readConfig({ DATABASE_URL_FILE: file })).toThrow(
      expect.objectContaining({
        code: 'invalid_argument',
        message: `DATABASE_URL_FILE ${words}.`,
        fields: [{ pointer: '/DATABASE_URL_FILE', code: 'setting', message: `DATABASE_URL_FILE ${words}.` }],
      }),
    );
  });

  it('is refused beside the setting itself, and neither is shown', () => {
    const DATABASE_URL_FILE = fileWith(SECRET);
    const refused = expect.objectContaining({
      message: 'DATABASE_URL_FILE and DATABASE_URL are both set: keep one of them.',
    });
    expect(() => readConfig({ DATABASE_URL: SECRET, DATABASE_URL_FILE })).toThrow(refused);
    expect(readConfig({ DATABASE_URL: '', DATABASE_URL_FILE }).databaseUrl).toBe(SECRET);
    expect(readConfig({ DATABASE_URL: SECRET, DATABASE_URL_FILE: '' }).databaseUrl).toBe(SECRET);
  });

  it('is told with all others at once, and what it holds is never repeated', () => {
    const wrong = () => readConfig({ DATABASE_URL_FILE: missing(), PORT_FILE: folder });
    expect(wrong).toThrow(
      'DATABASE_URL_FILE names a file that does not exist. PORT_FILE does not name a regular file.',
    );
    const held = () => readConfig({ DATABASE_URL_FILE: fileWith('hunter2') });
    expect(held).toThrow('DATABASE_URL must look like postgresql://');
    expect(held).toThrow(expect.not.objectContaining({ message: expect.stringContaining('hunter2') }));
  });

  it('is refused where this process may not read it', () => {
    const DATABASE_URL_FILE = fileWith(SECRET);
    chmodSync(DATABASE_URL_FILE, 0o000);
    const read = () => readConfig({ DATABASE_URL_FILE });
    const refused = 'DATABASE_URL_FILE names a file that this process may not read.';
    const { geteuid, seteuid } = process;
    // Root may read everything: as root, this is asked as somebody else.
    if (geteuid?.() !== 0 || !seteuid) return expect(read).toThrow(refused);
    seteuid(65_534);
    try {
      expect(read).toThrow(refused);
    } finally {
      seteuid(0);
    }
  });
});
