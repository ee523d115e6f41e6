import type { HttpQueue } from './http-queue.ts';

/** How the refusals about schedules and webhooks come about. */
export function subscriptionRefusals(http: () => HttpQueue) {
  const json = (address: string, body: unknown) =>
    http().fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  return {
    schedule_not_found: () => http().fetch('/schedules/nightly'),
    async schedule_exists() {
      await json('/schedules', { name: 'nightly', cron: '0 2 * * *' });
      return json('/schedules', { name: 'nightly', cron: '0 3 * * *' });
    },
    async too_many_schedules() {
      await http().db.query(
        `insert into pantry_queue.schedules (tenant_id, name, user_id, kind, cron, time_zone, priority, overlap, created_by)
         select 'default', 'n' || n, 77, 'ocr', '0 2 * * *', 'UTC', 3, 'skip', 1 from generate_series(1, 50) n`,
      );
      return json('/schedules', { name: 'one-more', cron: '0 2 * * *', user_id: 77 });
    },
    webhook_not_found: () => http().fetch('/webhooks/webhook-1'),
    async webhook_exists() {
      await json('/webhooks', { url: 'https://hooks.example/receipts', events: ['job.finished'] });
      return json('/webhooks', { url: 'https://hooks.example/receipts', events: ['job.failed'] });
    },
    async too_many_webhooks() {
      await http().db.query(
        `insert into pantry_queue.webhooks
           (webhook_id, tenant_id, user_id, url, events, secret, since_epoch, since_xid, created_by)
         select 'w' || n, 'default', 77, 'https://hooks.example/' || n, '{job.failed}', '', 1, '0', 1 from generate_series(1, 20) n`,
      );
      return json('/webhooks', { url: 'https://hooks.example/more', events: ['job.finished'], user_id: 77 });
    },
    async delivery_not_found() {
      const made = await json('/webhooks', { url: 'https://hooks.example/sent', events: ['job.finished'] });
      const { webhook_id } = (await made.json()) as { webhook_id: string };
      return json(`/webhooks/${webhook_id}/redeliver`, { message_id: '17' });
    },
  } satisfies Readonly<Record<string, () => Promise<Response>>>;
}
