import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { viewReceipt } from '../../mcp/tools/view-receipt.ts';
import { createQueueClient } from '../../src/client/index.ts';
import { ocrOf } from '../../src/contract/job.ts';
import type { Principal } from '../../src/contract/principal.ts';
import type { QueueApi } from '../../src/contract/queue-api.ts';
import { beginAttempt } from '../../src/ledger/attempts.ts';
import { storeReply } from '../../src/ledger/replies.ts';
import { saveResult } from '../../src/ledger/saving.ts';
import { useHttpQueue } from '../http/support/http-queue.ts';
import { newPhoto, pieces } from '../http/support/images.ts';
import { addReceipts } from '../support/db.ts';
import { asOwner } from '../support/owner.ts';
import { turnedHeic } from '../support/pictures/files.ts';
import { photoPdf } from '../support/pictures/pdf.ts';
import { bytesOf, replyFor } from '../support/replies.ts';
import { PRINCIPAL } from './support/servers.ts';

const service = useHttpQueue();

/** Four colours, one in each quarter: top left red, top right green, below blue and white. */
async function quarters(orientation?: number): Promise<Buffer> {
  const [side, half] = [800, 400];
  const data = Buffer.alloc(side * side * 3);
  for (let at = 0; at < side * side; at++) {
    const [right, below] = [at % side >= half, Math.floor(at / side) >= half];
    data.set(below ? (right ? [255, 255, 255] : [0, 0, 255]) : right ? [0, 255, 0] : [255, 0, 0], at * 3);
  }
  const image = sharp(data, { raw: { width: side, height: side, channels: 3 } }).jpeg({ quality: 95 });
  return (orientation === undefined ? image : image.withMetadata({ orientation })).toBuffer();
}

const add = async (bytes: Uint8Array): Promise<number> =>
  (await service.current.queue.addReceipt({ bytes: pieces(bytes, 50_000), allow_duplicate: true }, asOwner)).receipt.id;

/** The reading of an agent that says where it has read. */
async function read(id: number, evidence: unknown): Promise<void> {
  const { db } = service.current;
  await db.query(`update pantry_queue.jobs set status = 'queued', phase = 'worker' where subject = $1`, [id]);
  const run = { ...ocrOf(id), generation: 1, runNo: 1 };
  await beginAttempt(db, run, { id: 'w', name: 'w' });
  const bytes = bytesOf({ ...replyFor({ receipt_id: id, image_path: '', user_id: 1, job_id: '' }), evidence });
  await storeReply(db, run, 1, { bytes, agentMs: 1 });
  await saveResult(db, run, { defaultCurrency: 'EUR' });
}

const at = (x: number, y: number, width: number, height: number) => ({
  region: { x, y, width, height },
  rule: 'a rule',
});
const EVIDENCE = {
  page: { width: 800, height: 800, turned_degrees: 0 },
  fields: { total_amount: at(0.7, 0.1, 0.1, 0.05), merchant_name: at(0.1, 0.1, 0.1, 0.05) },
  items: [at(0.1, 0.6, 0.1, 0.05), at(0.2, 0.8, 0.1, 0.05)],
};

/** As over the relay; with the picture decoded. */
async function view(
  args: Record<string, unknown>,
  queue = createQueueClient({ url: service.current.url }) as QueueApi,
) {
  const { line, jpeg } = await viewReceipt.call(queue, args, { principal: PRINCIPAL, maxWaitS: 25 });
  const bytes = Buffer.from(String(jpeg), 'base64');
  const { width, height, format, exif } = await sharp(bytes).metadata();
  const { data } = await sharp(bytes).resize(1, 1, { fit: 'fill' }).raw().toBuffer({ resolveWithObject: true });
  return {
    line: String(line),
    bytes,
    width,
    height,
    format,
    exif,
    colour: [...data].map((each) => Math.round(each / 64)),
  };
}

const [RED, GREEN, BLUE] = [
  [4, 0, 0],
  [0, 4, 0],
  [0, 0, 4],
];

describe('view_receipt', () => {
  it.each([
    ['a HEIC', turnedHeic],
    ['a PDF', photoPdf],
  ])('[O7] gives a JPEG of %s, which models are not shown as it is', async (_name, make) => {
    const { format, bytes, width, height } = await view({ receipt_id: await add(await make()) });
    expect(format).toBe('jpeg');
    expect(bytes.length).toBeLessThanOrEqual(100 * 1024);
    expect(height).toBeGreaterThan(width);
  });

  it('[M2] gives a picture of the page of at most 100 KB, with one line and no structure, over MCP', async () => {
    const id = await add(newPhoto());
    const response = await fetch(`${service.current.url}/mcp`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: '*/*' },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'view_receipt', arguments: { receipt_id: id } },
      }),
    });
    const text = await response.text();
    const { result } = JSON.parse(text.slice(text.indexOf('{')));
    expect(result).toEqual({
      content: [
        {
          type: 'text',
          text: expect.stringMatching(/^Receipt \d+: the whole page\. .*If you see no picture, say so\.$/),
        },
        { type: 'image', mimeType: 'image/jpeg', data: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/) },
      ],
    });
    const bytes = Buffer.from(result.content[1].data, 'base64');
    expect(bytes.length).toBeLessThanOrEqual(100 * 1024);
    expect((await sharp(bytes).metadata()).height).toBeGreaterThan(600);
  });

  it('[O7] shows the place where a field was read, with what lies around it', async () => {
    const id = await add(await quarters());
    await read(id, EVIDENCE);
    const total = await view({ receipt_id: id, field: 'total_amount' });
    expect(total).toMatchObject({
      colour: GREEN,
      line: expect.stringMatching(/the place where total_amount was read\./),
    });
    expect(total.width).toBeLessThan(400);
    expect(await view({ receipt_id: `ocr-${id}`, field: 'MERCHANT_NAME' })).toMatchObject({ colour: RED });
    const items = await view({ receipt_id: id, field: 'items' });
    expect(items).toMatchObject({ colour: BLUE });
    expect(items.height).toBeGreaterThan(items.width / 2);
  });

  it('[O7] turns the page as the agent did, and as the camera says, and leaves out what it wrote', async () => {
    const turned = await add(await quarters());
    await read(turned, { ...EVIDENCE, page: { ...EVIDENCE.page, turned_degrees: 90 } });
    // A quarter turn brings what is below on the left to the top left.
    expect(await view({ receipt_id: turned, field: 'merchant_name' })).toMatchObject({ colour: BLUE });
    const byCamera = await add(await quarters(3));
    await read(byCamera, EVIDENCE);
    expect(await view({ receipt_id: byCamera, field: 'total_amount' })).toMatchObject({
      colour: BLUE,
      exif: undefined,
    });
  });

  it.each([
    ['nothing is read yet', undefined],
    ['an agent says no places', null],
    ['another agent has another form', { total_amount: [1, 2, 3, 4], fields: 'none', items: { 0: {} } }],
    ['a place is outside of the page', { fields: { total_amount: at(-1, 0, 2, 1) } }],
  ])('[O7] shows the whole page, and says so, where %s', async (_case, evidence) => {
    const id = await add(await quarters());
    if (evidence !== undefined) await read(id, evidence);
    expect(await view({ receipt_id: id, field: 'total_amount' })).toMatchObject({
      width: 800,
      height: 800,
      line: expect.stringContaining('the whole page; where total_amount was read is not known.'),
    });
  });

  it('[M4] says no word of what is on the receipt', async () => {
    const id = await add(newPhoto());
    await read(id, EVIDENCE);
    const { merchant_name } = await service.current.queue.getReceipt({ receipt_id: id }, asOwner);
    expect(merchant_name).not.toBeNull();
    expect((await view({ receipt_id: id })).line).not.toContain(merchant_name);
  });

  it('[S1] answers a receipt of another user as one that does not exist', async () => {
    const id = await add(newPhoto());
    const other: Principal = { ...PRINCIPAL, user: 2 };
    const asOther = (receipt_id: number) =>
      service.current.queue
        .viewReceipt({ receipt_id }, { principal: other })
        .catch(({ code, message }) => [code, message]);
    expect(await asOther(id)).toEqual(['receipt_not_found', `There is no receipt ${id}.`]);
    expect(await asOther(2_000_000_000)).toEqual(['receipt_not_found', 'There is no receipt 2000000000.']);
  });

  it('[M6] says that a receipt has no image, or that its image is lost or damaged', async () => {
    const { db } = service.current;
    const [without = 0, lost = 0] = await addReceipts(db, 2);
    await db.query(`update public.receipts set image_path = '' where id = $1`, [without]);
    await expect(view({ receipt_id: without })).rejects.toMatchObject({
      code: 'image_missing',
      message: `Receipt ${without} has no image.`,
    });
    await expect(view({ receipt_id: lost })).rejects.toMatchObject({
      code: 'image_missing',
      message: expect.stringContaining('not in the store'),
    });
  });
});
