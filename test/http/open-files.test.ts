import { readdir, readlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { addReceipts } from '../support/db.ts';
import { useHttpQueue } from './support/http-queue.ts';
import { receiptPhoto } from './support/images.ts';

const http = useHttpQueue();
const TIMES = 100;

async function storedImage(bytes: Buffer): Promise<{ address: string; timesOpen: () => Promise<number> }> {
  const [id] = await addReceipts(http.current.db, 1);
  const name = `image-${id}.jpg`;
  const file = path.join(http.current.imageDir, 'receipts', name);
  await writeFile(file, bytes);
  const sql = 'update public.receipts set image_path = $2 where id = $1';
  await http.current.db.query(sql, [id, `minio://receipts/${name}`]);
  const timesOpen = async () => {
    const links = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''));
    return (await Promise.all(links)).filter((target) => target === file).length;
  };
  return { address: `/receipts/${id}/image`, timesOpen };
}

const inTens = async (times: number, one: () => Promise<unknown>) => {
  for (let done = 0; done < times; done += 10) await Promise.all(Array.from({ length: 10 }, one));
};

it('[I11] refused regions leave no file open', async () => {
  const { address, timesOpen } = await storedImage(receiptPhoto);
  await inTens(TIMES, async () => {
    const response = await http.current.fetch(`${address}?region=0,0,0,0.5`);
    expect(response.status).toBe(422);
    await response.arrayBuffer();
  });
  expect(await timesOpen()).toBe(0);
});

it('[I11] crops beyond the limit leave no file open', async () => {
  const { address, timesOpen } = await storedImage(receiptPhoto);
  const answers = await Promise.all(
    Array.from({ length: 40 }, () => http.current.fetch(`${address}?region=0,0,1,0.1`).then(({ status }) => status)),
  );
  expect(answers.filter((status) => status === 429).length).toBeGreaterThan(20);
  await expect.poll(timesOpen, { timeout: 10_000 }).toBe(0);
});

it('[I11] image answers that are dropped, and HEAD, leave no file open', async () => {
  const { address, timesOpen } = await storedImage(Buffer.alloc(8 * 1024 * 1024, receiptPhoto));
  await inTens(TIMES, async () => {
    const gone = new AbortController();
    await http.current.fetch(address, { signal: gone.signal });
    gone.abort();
    await http.current.fetch(address, { method: 'HEAD' });
  });
  await expect.poll(timesOpen, { timeout: 10_000 }).toBe(0);
});
