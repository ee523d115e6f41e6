import { describe, expect, it } from 'vitest';
import { asOwner } from '../../support/owner.ts';
import { startReceiver, status } from '../../webhooks/support/receiver.ts';
import { errorOf, type Subject } from './subject.ts';

/** Events sent to an address of the caller's. */
export function webhookSuite(subject: () => Subject): void {
  const queue = () => subject().queue;

  describe('webhooks', () => {
    it('[Q13] are made once, listed, shown, changed and paused, and get a new secret', async () => {
      const asked = { url: 'https://hooks.example/suite', events: ['job.failed' as const], user_id: 821 };
      const { secret, created, ...made } = await queue().createWebhook(asked, asOwner);
      expect({ created, ...made }).toMatchObject({ ...asked, created: true, status: 'active', failing: null });
      const again = await queue().createWebhook(asked, asOwner);
      expect(again).toEqual({ ...made, created: false, secret: null });
      const { webhook_id } = made;
      expect(await queue().getWebhook({ webhook_id }, asOwner)).toEqual(made);
      expect((await queue().listWebhooks({ user_id: 821 }, asOwner)).webhooks).toEqual([made]);
      const changed = await queue().updateWebhook(
        { webhook_id, description: 'Bücher', webhook_status: 'paused' },
        asOwner,
      );
      expect(changed).toMatchObject({ description: 'Bücher', status: 'paused', url: asked.url });
      const rotated = await queue().rotateWebhookSecret({ webhook_id }, asOwner);
      expect(rotated).toMatchObject({ webhook_id, old_secret_until: expect.any(String) });
      expect(rotated.secret).toMatch(/^whsec_/);
      expect(rotated.secret).not.toBe(secret);
    });

    it('[Q13] send a test message once, keep what was answered to it, and send it again when asked', async () => {
      const receiver = await startReceiver(status(500));
      const asked = { url: receiver.url, events: ['job.finished' as const], user_id: 822 };
      const { webhook_id } = await queue().createWebhook(asked, asOwner);
      const { webhook_id: tested, ...delivery } = await queue().testWebhook({ webhook_id }, asOwner);
      expect({ tested, ...delivery }).toMatchObject({
        tested: webhook_id,
        status: 'failed',
        tries: 1,
        http_status: 500,
      });
      expect(receiver.got.map(({ headers, body }) => [headers['webhook-id'], body])).toEqual([
        [delivery.message_id, delivery.body],
      ]);
      const { deliveries } = await queue().listDeliveries({ webhook_id, outcome: 'failed' }, asOwner);
      expect(deliveries).toEqual([delivery]);
      const { message_id } = delivery;
      const due = await queue().redeliverWebhook({ webhook_id, message_id }, asOwner);
      expect(due).toEqual({ webhook_id, redelivered: 1, more: false });
      const unknown = queue().redeliverWebhook({ webhook_id, message_id: 'msg_none' }, asOwner);
      expect(await errorOf(unknown)).toMatchObject({ code: 'delivery_not_found' });
    });

    it('[Q13] are gone once deleted, and refuse an address that is none', async () => {
      const asked = { url: 'https://hooks.example/gone', events: ['job.failed' as const], user_id: 823 };
      const { webhook_id } = await queue().createWebhook(asked, asOwner);
      expect(await queue().deleteWebhook({ webhook_id }, asOwner)).toEqual({ webhook_id, deleted: true });
      expect(await errorOf(queue().getWebhook({ webhook_id }, asOwner))).toMatchObject({ code: 'webhook_not_found' });
      const wrong = queue().createWebhook({ ...asked, url: 'hooks.example' }, asOwner);
      expect(await errorOf(wrong)).toMatchObject({ code: 'invalid_argument', pointers: ['/url'] });
    });
  });
}
