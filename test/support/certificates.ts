import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** A certificate authority of the test's own, in a folder that `dispose` removes. */
export interface Authority extends Certificate {
  /** @param names as OpenSSL writes them (`DNS:localhost`); `days` below 0: it has expired */
  issue(name: string, names: string, days?: number): Certificate;
  dispose(): Promise<void>;
}

const KEY = ['-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
const OPENSSL = 'openssl';
const openssl = (...args: string[]) => void execFileSync(OPENSSL, args, { stdio: 'pipe' });

export async function createAuthority(): Promise<Authority> {
  const dir = await mkdtemp(path.join(tmpdir(), 'pantry-test-ca-'));
  const filesOf = (name: string) => [path.join(dir, `${name}.pem`), path.join(dir, `${name}.key`)] as const;
  const read = (name: string): Certificate => {
    const [certFile, keyFile] = filesOf(name);
    return { certFile, keyFile, cert: readFileSync(certFile), key: readFileSync(keyFile) };
  };
  const [caCert, caKey] = filesOf('authority');
  openssl('req', '-new', '-x509', '-days', '2', '-subj', '/CN=authority', ...KEY, '-keyout', caKey, '-out', caCert);
  return {
    ...read('authority'),
    issue(name, names, days = 2) {
      const [certFile, keyFile] = filesOf(name);
      const request = path.join(dir, `${name}.csr`);
      const alternatives = ['-addext', `subjectAltName=${names}`];
      openssl('req', '-new', '-subj', `/CN=${name}`, ...alternatives, ...KEY, '-keyout', keyFile, '-out', request);
      const by = ['-CA', caCert, '-CAkey', caKey, '-CAcreateserial', '-copy_extensions', 'copy'];
      openssl('x509', '-req', '-in', request, ...by, '-days', String(days), '-out', certFile);
      return read(name);
    },
    dispose: () => rm(dir, { recursive: true, force: true }),
  };
}
