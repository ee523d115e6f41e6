import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

it.each(['capacity', 'ocr', 'peers', 'queue'])(
  '[P5] bench:%s says what it does not know and how it is used, and measures nothing',
  (name) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', `bench/${name}.ts`, '--no-such-option'],
      { encoding: 'utf8', timeout: 60_000 },
    );
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^Unknown option '--no-such-option'/);
    expect(stderr).toContain(`npm run bench:${name} -- `);
    expect(stderr).not.toMatch(/^\s+at /m);
  },
);
