/**
 * Makes the secrets of docker-compose.yml, once: `node deploy/secrets.mjs [FOLDER]`. What is there is kept, so it may be
 * run again, as after an update that needs a further one.
 *
 * The folder is closed to everybody else (0700). The files in it are not: Docker Compose hands a file to a container with
 * its rights and owner, and the programs in the containers run as other users than the one who ran this.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const random = () => randomBytes(24).toString('hex');
const databaseUrl = (login, password) => `postgresql://${login}:${password}@postgres:5432/queue`;

/** In the order in which they are made; each may use those before it. */
const SECRETS = {
  postgres_password: random,
  temporal_database_password: random,
  owner_database_password: random,
  app_database_password: random,
  owner_database_url: (made) => databaseUrl('queue_owner', made.owner_database_password),
  app_database_url: (made) => databaseUrl('queue_app', made.app_database_password),
  s3_access_key_id: () => randomBytes(10).toString('hex'),
  s3_secret_access_key: random,
  s3_identities: (made) =>
    JSON.stringify({
      identities: [
        {
          name: 'pantry-queue',
          credentials: [{ accessKey: made.s3_access_key_id, secretKey: made.s3_secret_access_key }],
          actions: ['Read', 'Write', 'List'],
        },
      ],
    }),
  grafana_password: random,
};

/** @returns the names of those that were made now */
export function makeSecrets(folder) {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o700);
  const made = {};
  const fresh = [];
  for (const [name, make] of Object.entries(SECRETS)) {
    const file = path.join(folder, name);
    if (existsSync(file)) made[name] = readFileSync(file, 'utf8');
    else {
      made[name] = make(made);
      const draft = `${file}.${process.pid}`;
      writeFileSync(draft, made[name]);
      chmodSync(draft, 0o444);
      renameSync(draft, file);
      fresh.push(name);
    }
  }
  return fresh;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = path.resolve(process.argv[2] ?? fileURLToPath(new URL('secrets', import.meta.url)));
  const fresh = makeSecrets(folder);
  process.stdout.write(
    fresh.length === 0 ? `All secrets are there: ${folder}\n` : `Made in ${folder}: ${fresh.join(', ')}\n`,
  );
}
