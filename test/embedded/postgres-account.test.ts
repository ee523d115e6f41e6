import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { admit, closedFolder } from '../../src/embedded/postgres-account.ts';

const account = { uid: 65_500, gid: 65_500 };
let above = '';
let root = '';
beforeEach(() => {
  above = mkdtempSync(path.join(tmpdir(), 'pantry-account-'));
  root = path.join(above, 'data');
  mkdirSync(root, { mode: 0o700 });
});
afterEach(() => rmSync(above, { recursive: true, force: true }));

describe.skipIf(process.getuid?.() !== 0)('the account of PostgreSQL, where we are root', () => {
  it('may pass through the data folder and not look into it; nobody else may', () => {
    chmodSync(above, 0o755);
    expect(closedFolder(account, root)).toBe(root);
    admit(account, root);
    expect(closedFolder(account, root)).toBeUndefined();
    expect(statSync(root)).toMatchObject({ uid: 0, gid: account.gid });
    expect(statSync(root).mode & 0o777).toBe(0o710);
  });

  it('is told which folder above is closed, and that folder stays as it is', () => {
    expect(() => admit(account, root)).toThrow(`the user postgres, who cannot enter ${above}.`);
    expect(statSync(above).mode & 0o777).toBe(0o700);
  });

  it('needs nothing opened where it can go already', () => {
    chmodSync(above, 0o711);
    chownSync(root, account.uid, account.gid);
    admit(account, root);
    expect(statSync(root).mode & 0o777).toBe(0o700);
  });
});
