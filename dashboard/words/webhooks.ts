/** What the parts of webhooks are called. */
import type { DeliveryOutcome, DeliveryStatus } from '../../src/contract/webhook-policies.ts';
import type { StateWords } from './states.ts';

/** Every type that a webhook may be told of; a test compares the keys with the contract. */
export const WEBHOOK_TYPE_WORDS = {
  'job.finished': 'a receipt was read',
  'receipt.needs_review': 'a receipt waits for a person',
  'job.failed': 'a job has failed for good',
  'job.canceled': 'a job was canceled',
  'batch.finished': 'all receipts of a batch have ended',
  'budget.exhausted': 'a budget is used up',
  'budget.renewed': 'a budget starts again',
} as const satisfies Readonly<Record<string, string>>;
export type WebhookType = keyof typeof WEBHOOK_TYPE_WORDS;

export const DELIVERY_WORDS = {
  waiting: { word: 'Waiting', icon: 'clock', tone: 'queued' },
  sending: { word: 'Sending', icon: 'play', tone: 'started' },
  delivered: { word: 'Delivered', icon: 'check', tone: 'finished' },
  failed: { word: 'Given up', icon: 'cross', tone: 'failed' },
} as const satisfies Readonly<Record<DeliveryStatus, StateWords>>;

export const OUTCOME_FILTER_WORDS = {
  open: 'Open',
  delivered: 'Delivered',
  failed: 'Given up',
} as const satisfies Readonly<Record<DeliveryOutcome, string>>;
