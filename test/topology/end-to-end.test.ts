import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { StreamMessage } from '../../src/contract/event-stream.ts';
import { CLIENTS, connect } from '../mcp/support/clients.ts';
import { fileOf, type Photo, readingOf, readPhotos, upload } from './support/photos.ts';
import { useTopology } from './support/use-topology.ts';
import { expectVerified } from './support/verified.ts';

const queue = useTopology();
const photos = await readPhotos();
const [, second, third] = photos as [Photo, Photo, Photo];
const WAIT_S = 45;

describe('PostgreSQL behind PgBouncer, Temporal on PostgreSQL, S3, two servers, three workers and the agent', () => {
  it('[P1] [P9] read every shipped receipt that is uploaded to one server, and the other one answers the exact result', async () => {
    const added = await Promise.all(photos.map((photo) => upload(queue.api1, photo)));
    for (const [place, { receipt_id, job_id }] of added.entries()) {
      const job = await queue.api2.getJobStatus({ job_id, wait_seconds: WAIT_S });
      expect(job).toMatchObject({ status: 'finished', receipt_id });
      const result = await queue.api2.getResult({ job_id });
      expect(result.result).toMatchObject(readingOf(photos[place] as Photo));
      const image = await fetch(`${queue.facts.apis['api-2']}/receipts/${receipt_id}/image`);
      expect(Buffer.from(await image.arrayBuffer()).equals(await bytesOf(photos[place] as Photo))).toBe(true);
    }
    await expectVerified(queue.facts);
    await expectVerified(queue.facts, ['--images', '--job', added[0]?.job_id ?? '']);
  });

  it.each(CLIENTS)('[P1] an MCP client (%s) queues at one server, and is told the same at both', async (kind) => {
    const { receipt_id, job_id } = await upload(queue.api1, second);
    const hosts = await Promise.all(
      Object.values(queue.facts.apis).map((url) => connect(kind, { kind: 'http', url: `${url}/mcp` })),
    );
    const [here, there] = hosts as [(typeof hosts)[0], (typeof hosts)[0]];
    await Promise.all(hosts.map((host) => host.listTools()));
    const asked = await here.call('enqueue_ocr', { receipt_id });
    expect(asked.structured).toMatchObject({ job_id, deduplicated: true });
    const read = await there.call('get_job_status', { job_id, wait_seconds: 25 });
    expect(read.structured).toMatchObject({
      status: 'finished',
      from_receipt_untrusted: { merchant_name: second.merchant, total_amount: second.total },
    });
    expect((await here.call('get_job_status', { job_id })).structured).toEqual(read.structured);
    await Promise.all(hosts.map((host) => host.close()));
  });

  it('[P1] a stream of events goes on at the other server where it was cut, without a gap and without a repeat', async () => {
    const [start] = await told(queue.api1.events({}), 1);
    const { job_id } = await upload(queue.api1, third);
    const begun = await told(queue.api1.events({ job_id, after: start?.id ?? '' }), 2);
    await queue.api2.getJobStatus({ job_id, wait_seconds: WAIT_S });
    const rest = await told(queue.api2.events({ job_id, after: begun.at(-1)?.id ?? '' }), 'caught_up');
    const whole = await told(queue.api1.events({ job_id, after: start?.id ?? '' }), 'caught_up');
    expect(eventsOf([...begun, ...rest])).toEqual(eventsOf(whole));
    expect(rest.map(({ type }) => type)).toContain('finished');
  });
});

const bytesOf = (photo: Photo) => readFile(fileOf(photo));
/** The events among messages: a stream says that it has caught up wherever nothing is waiting, so not at fixed places. */
const eventsOf = (messages: readonly StreamMessage[]) =>
  messages.filter(({ type }) => type !== 'caught_up').map(({ id, type }) => ({ id, type }));

/** What a stream tells first, up to a number of messages or to one of a type; then it is cut. */
async function told(events: AsyncIterable<StreamMessage>, until: number | string): Promise<StreamMessage[]> {
  const messages: StreamMessage[] = [];
  for await (const message of events) {
    messages.push(message);
    if (messages.length === until || message.type === until) break;
  }
  return messages;
}
