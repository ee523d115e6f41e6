import { execFileSync } from 'node:child_process';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLocalPhotos, type LocalPhotos } from '../../mcp/photos/local-photos.ts';
import { useHttpQueue } from '../http/support/http-queue.ts';
import { newPhoto } from '../http/support/images.ts';
import { usePhotoFolders } from './support/photo-folders.ts';

const service = useHttpQueue();
const at = usePhotoFolders(service);
const { add, put, allowed } = at;

describe('[S1] add_receipts reads nothing outside the allowed folders', () => {
  const outside = { code: 'forbidden', message: expect.stringMatching(/is in none of the allowed folders\.$/) };

  it('whatever path leads there, and tells nothing of what stands there', async () => {
    const secret = path.join(at.elsewhere, 'secret.jpg');
    writeFileSync(secret, newPhoto());
    symlinkSync(secret, path.join(at.folder, 'link.jpg'));
    symlinkSync(at.elsewhere, path.join(at.folder, 'way'));
    const before = await service.current.everything();
    for (const paths of [
      secret,
      path.join(at.elsewhere, 'missing.jpg'),
      path.join(at.folder, '..', 'elsewhere', 'secret.jpg'),
      `${at.folder}/../elsewhere`,
      path.join(at.folder, 'link.jpg'),
      path.join(at.folder, 'way'),
      path.join(at.folder, 'way', 'secret.jpg'),
      `${at.folder}-other/a.jpg`,
      '/',
      '/dev/zero',
      '/dev/stdin',
      '/proc/self/environ',
      '~root',
      '~/../elsewhere/secret.jpg',
      `${at.folder}\0/../../elsewhere/secret.jpg`,
      `/${'x'.repeat(4_000)}`,
    ]) {
      await expect(add({ paths }), paths).rejects.toMatchObject(outside);
    }
    expect(await add({ paths: [at.folder] }), 'a walk follows no link').toMatchObject({ added: 0 });
    expect(await service.current.everything()).toEqual(before);
  });

  it('and takes a link that stays inside, `~` and a path from the working folder', async () => {
    put('deep/a.jpg');
    symlinkSync(path.join(at.folder, 'deep'), path.join(at.elsewhere, 'in'));
    expect(await add({ paths: path.join(at.elsewhere, 'in', 'a.jpg') })).toMatchObject({ added: 1 });
    expect(await add({ paths: '~/deep' })).toMatchObject({ duplicates: 1 });
    expect(await add({ paths: 'allowed/deep/a.jpg' })).toMatchObject({ duplicates: 1 });
  });

  it('with a folder that is a link itself, and with one that comes later', async () => {
    const late = path.join(at.place, 'late');
    const photos = allowed(late);
    await expect(add({ paths: late }, photos)).rejects.toMatchObject({ code: 'invalid_argument' });
    put('a.jpg');
    symlinkSync(at.folder, late);
    expect(await add({ paths: path.join(late, 'a.jpg') }, photos)).toMatchObject({ added: 1 });
  });

  it('when a file or its folder is replaced between its check and its opening', async () => {
    const secret = path.join(at.elsewhere, 'a.jpg');
    writeFileSync(secret, newPhoto());
    const photos = allowed(at.folder);
    const swapped = (swap: (file: string) => void): LocalPhotos => ({
      ...photos,
      open: (file) => {
        swap(file);
        return photos.open(file);
      },
    });
    put('one/a.jpg');
    const byLink = swapped((file) => {
      rmSync(file);
      symlinkSync(secret, file);
    });
    await expect(add({ paths: path.join(at.folder, 'one') }, byLink)).resolves.toMatchObject({
      added: 0,
      refused: [{ n: 1 }],
    });
    put('two/a.jpg');
    const byFolder = swapped((file) => {
      rmSync(path.dirname(file), { recursive: true });
      symlinkSync(at.elsewhere, path.dirname(file));
    });
    await expect(add({ paths: path.join(at.folder, 'two') }, byFolder)).resolves.toMatchObject({
      refused: [{ code: 'forbidden', reason: 'It is in none of the allowed folders.' }],
    });
    put('three/a.jpg');
    const byPipe = swapped((file) => {
      rmSync(file);
      execFileSync('mkfifo', [file]);
    });
    await expect(add({ paths: path.join(at.folder, 'three') }, byPipe)).resolves.toMatchObject({
      refused: [{ code: 'unsupported_image', reason: 'It is no plain file.' }],
    });
  });

  it('by default only the working folder, and not even that where the home folder is in it', async () => {
    put('a.jpg');
    const from = (workingFolder: string) => createLocalPhotos({ allowed: [], workingFolder, home: at.place });
    expect(await add({ paths: 'a.jpg' }, from(at.folder))).toMatchObject({ added: 1 });
    for (const workingFolder of ['/', at.place, path.dirname(at.place)]) {
      await expect(add({ paths: at.folder }, from(workingFolder))).rejects.toMatchObject({
        code: 'forbidden',
        hint: 'No folder is allowed. Ask the person to start this server with --allow FOLDER.',
      });
    }
  });
});
