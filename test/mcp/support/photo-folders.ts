import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { MAX_ANSWER_BYTES } from '../../../mcp/answer.ts';
import { createLocalPhotos, type LocalPhotos } from '../../../mcp/photos/local-photos.ts';
import { addReceipts } from '../../../mcp/tools/add-receipts.ts';
import { createQueueClient } from '../../../src/client/index.ts';
import type { QueueApi } from '../../../src/contract/queue-api.ts';
import { newPhoto } from '../../http/support/images.ts';
import { PRINCIPAL } from './servers.ts';

export interface Shown extends Record<string, unknown> {
  readonly summary: string;
  readonly next?: { readonly tool: string; readonly arguments: Record<string, unknown> };
  readonly batch_id?: string;
  readonly job_ids?: readonly string[];
  readonly refused?: readonly { readonly code: string; readonly reason: string }[];
}

export interface PhotoFolders {
  /** The working folder: holds both others. */
  readonly place: string;
  /** Allowed, and the home folder too. */
  readonly folder: string;
  readonly elsewhere: string;
  allowed(...folders: string[]): LocalPhotos;
  /** As the relay makes the call: the tool here, the queue behind its address. */
  add(args: Record<string, unknown>, photos?: LocalPhotos, also?: object): Promise<Shown>;
  /** Writes a file of the allowed folder. */
  put(name: string, bytes?: Uint8Array): string;
}

/** For each test a folder that is allowed, beside one that is not. */
export function usePhotoFolders(service: { readonly current: { readonly url: string } }): PhotoFolders {
  let place = '';
  const inside = (name: string) => path.join(place, name);
  beforeEach(() => {
    place = realpathSync(mkdtempSync(path.join(tmpdir(), 'photos-')));
    mkdirSync(inside('allowed'));
    mkdirSync(inside('elsewhere'));
  });
  afterEach(() => rmSync(place, { recursive: true, force: true }));
  const allowed = (...folders: string[]) =>
    createLocalPhotos({ allowed: folders, workingFolder: place, home: inside('allowed') });
  return {
    get place() {
      return place;
    },
    get folder() {
      return inside('allowed');
    },
    get elsewhere() {
      return inside('elsewhere');
    },
    allowed,
    async add(args, photos = allowed(inside('allowed')), also = {}) {
      const queue = createQueueClient({ url: service.current.url }) as QueueApi;
      const shown = await addReceipts.call(queue, args, { principal: PRINCIPAL, maxWaitS: 25, photos, ...also });
      expect(Buffer.byteLength(JSON.stringify(shown))).toBeLessThanOrEqual(MAX_ANSWER_BYTES);
      return shown as Shown;
    },
    put(name, bytes = newPhoto()) {
      const file = path.join(inside('allowed'), name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, bytes);
      return file;
    },
  };
}
