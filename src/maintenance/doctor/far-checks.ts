import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { lookAtAgent } from '../../agent/probe.ts';
import { openImageStore } from '../../blobs/open-store.ts';
import { atStart } from '../../ledger/connection/start-up.ts';
import { type Check, failed, fine, type Told, warned } from './check.ts';
import type { Parts } from './subject.ts';

async function agent({ agentUrl }: Parts): Promise<Told> {
  const { trouble } = await lookAtAgent(agentUrl);
  const { origin } = new URL(agentUrl);
  return trouble === null
    ? fine(`It is ready at ${origin}.`)
    : failed(
        'agent_unavailable',
        trouble,
        `Start it, or name another in AGENT_URL; it must answer: curl -i ${origin}/readyz`,
      );
}

/** Of another user's folder: what this user stores there would be in that one's way. */
async function isOthers(dir: string): Promise<boolean> {
  const ownUid = process.getuid?.();
  const found = await stat(dir).catch(() => undefined);
  return found !== undefined && ownUid !== undefined && found.uid !== ownUid;
}

/** Its name begins as no image's does, so nobody takes it for one. */
async function images({ config }: Parts): Promise<Told> {
  const { dir, s3 } = config.images;
  if (s3 === undefined && (await isOthers(dir))) {
    return warned(
      `${dir} belongs to another user: nothing is stored in it for a look.`,
      'Look as that user: sudo -u USER pantry-queue doctor',
    );
  }
  const store = await atStart(() => openImageStore(config.images));
  try {
    const bytes = randomBytes(64);
    const { path } = await store.blobs.put(one(bytes), 'bin', bytes.length);
    try {
      const found = await store.blobs.read(path);
      const read = found === undefined ? undefined : await whole(found.bytes);
      if (!read?.equals(bytes)) {
        return failed(
          'storage_unavailable',
          `What was stored at ${store.shown} is not what is read there.`,
          'Compare all images with their receipts: pantry-queue verify --images',
        );
      }
    } finally {
      await store.blobs.remove(path, async () => false);
    }
    if (await store.blobs.exists(path)) {
      return failed(
        'storage_unavailable',
        `What was stored at ${store.shown} cannot be removed.`,
        'Give the keys of the store the right to delete objects.',
      );
    }
    return fine(`${store.kind === 's3' ? 'S3 at ' : ''}${store.shown}: stored, read and removed`);
  } finally {
    await store.close();
  }
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function whole(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The agent and the image store. */
export function farChecks(parts: Parts): Check[] {
  return [
    { name: 'agent', code: 'agent_unavailable', limitMs: 8_000, look: () => agent(parts) },
    { name: 'images', code: 'storage_unavailable', limitMs: 20_000, look: () => images(parts) },
  ];
}
