import type { Webhook } from '../../../src/contract/operations/webhooks.ts';
import { Badge } from '../../ui/badge.tsx';

/** Whether it is sent to, and whether its endpoint takes what is sent. */
export function WebhookState({ webhook: { status, failing } }: { readonly webhook: Webhook }) {
  if (status === 'paused') {
    return (
      <Badge tone="deferred" icon="pause">
        Paused
      </Badge>
    );
  }
  if (status === 'disabled') {
    return (
      <Badge tone="canceled" icon="dash">
        Disabled
      </Badge>
    );
  }
  return failing ? (
    <Badge tone="failed" icon="cross">
      Failing
    </Badge>
  ) : (
    <Badge tone="finished" icon="check">
      Active
    </Badge>
  );
}
