/**
 * A strict value of each field by name, the notations that mean the same, and what means nothing. `operation.field` and
 * `tool:name.field` stand for themselves, where the same name is another field.
 */
export interface Notations {
  readonly strict: unknown;
  readonly same: readonly unknown[];
  readonly refused: readonly unknown[];
}

const idOf = (id: number): Notations => ({
  strict: id,
  same: [`${id}`, ` ${id} `, `"${id}"`, `'${id}'`, `${id}.0`, `+${id}`, [id], [`${id}`]],
  refused: [
    `${id}abc`,
    `${id}.5`,
    id + 0.5,
    `1,00${id}`,
    '1e3',
    '0x11',
    '１７',
    true,
    {},
    [id, id],
    -1,
    0,
    '0',
    2 ** 53,
  ],
});
const receipt = idOf(17);
const pathNotations: Notations = {
  strict: 'minio://receipts/a.jpg',
  same: [['minio://receipts/a.jpg']],
  refused: [17, true, {}, ['a', 'b'], 'x'.repeat(600)],
};
const wait = (sameAs: number, ...same: unknown[]): Notations => ({
  strict: sameAs,
  same,
  refused: ['soon', '5 s', true, {}, [1, 2]],
});

/** A text that is taken as it is, alone or in a list of one. */
const textOf = (strict: string, ...refused: unknown[]): Notations => ({
  strict,
  same: [[strict]],
  refused: [17, true, {}, ['a', 'b'], ...refused],
});

const capNumber: Notations = { ...idOf(60), refused: ['60abc', 60.5, true, {}, [60, 60], -1, 1_000_001] };

/** Days, where the same name is a time for other operations. */
const days: Readonly<Record<string, Notations>> = Object.fromEntries(
  ['find_receipts', 'summarize_receipts'].flatMap((operation) => [
    ...['from', 'to'].map((field): [string, Notations] => [
      `${operation}.${field}`,
      textOf('2026-01-31', '31.01.2026', '2026-02-30'),
    ]),
    [`${operation}.merchant`, textOf('Corner', 'two\nlines', 'x'.repeat(101))] as [string, Notations],
  ]),
);

export const FIELDS: Readonly<Record<string, Notations>> = {
  ...days,
  item: textOf('milk', 'two\nlines', 'x'.repeat(101)),
  min_total: textOf('12.50', '12,50', 'EUR 12'),
  max_total: textOf('12.50', '12,50', 'EUR 12'),
  needs_review: { strict: true, same: ['true', 'TRUE', [true]], refused: ['yes', 1, {}] },
  with_items: { strict: true, same: ['true', 'TRUE', [true]], refused: ['yes', 1, {}] },
  sum_by: { strict: 'month', same: ['MONTH', ' month ', '"month"', ['month']], refused: ['year', 1, true, {}] },
  receipt_id: {
    ...receipt,
    same: [
      ...receipt.same,
      'ocr-17',
      'OCR-17',
      'ocr-17.2',
      'receipt 17',
      'Receipt #17',
      'receipt_id: 17',
      '#17',
      'ocr_17',
    ],
  },
  user_id: idOf(5),
  limit: idOf(7),
  last_id: { ...idOf(9), refused: ['9abc', 9.5, true, {}, [9, 9], -2] },
  cursor: {
    strict: 'v1.WzE3XQ.x',
    same: [['v1.WzE3XQ.x']],
    refused: [17, true, {}, ['a', 'b'], 'x'.repeat(1_025)],
  },
  job_id: {
    strict: 'ocr-17',
    same: [
      17,
      '17',
      ' ocr-17 ',
      'OCR-17',
      '"ocr-17"',
      '"17"',
      'ocr_17',
      'ocr 17',
      'ocr17',
      'job 17',
      'job ocr-17',
      '#17',
      ['ocr-17'],
      [17],
    ],
    refused: [17.2, -1, true, {}, ['ocr-17', 'ocr-18'], 'x'.repeat(65)],
  },
  priority: {
    strict: 'high',
    same: ['HIGH', 'High', ' high ', '"high"', ['high']],
    refused: ['normal', 'urgent', 1, true, {}, ['high', 'low']],
  },
  force: {
    strict: true,
    same: ['true', 'True', 'TRUE', ' true ', '"true"', [true]],
    refused: ['yes', 'on', 1, '1', {}, [true, true]],
  },
  job_ids: {
    strict: ['ocr-17', 'ocr-18.2'],
    same: [['OCR-17', 'ocr_18.2'], '["ocr-17", "ocr-18.2"]', ['job 17', '#18.2']],
    refused: ['x'.repeat(65), [17.2], ['ocr-17', null], {}, true],
  },
  run_at: textOf(
    '2026-12-01T02:00:00+01:00',
    'tomorrow',
    '2026-12-01',
    '2026-12-01T02:00:00',
    '2026-12-01T02:00:00+25:00',
  ),
  delay_seconds: { ...idOf(60), refused: ['60abc', 60.5, true, {}, [60, 60], -1, 1_000_000] },
  after: {
    strict: ['ocr-17', 'ocr-18.2'],
    same: [['OCR-17', 'ocr_18.2'], '["ocr-17", "ocr-18.2"]', ['job 17', '#18.2']],
    refused: ['x'.repeat(65), [17.2], ['ocr-17', null], {}, true, []],
  },
  on_parent_failure: {
    strict: 'cancel',
    same: ['CANCEL', ' cancel ', '"cancel"', ['cancel']],
    refused: ['ignore', 1, true, {}, ['run', 'fail']],
  },
  batch_id: textOf('batch-17', 'x'.repeat(65)),
  bulk_id: textOf('bulk-17', 'x'.repeat(65)),
  task_id: textOf('t1.e30.x', 'x'.repeat(401)),
  status: {
    strict: ['failed', 'canceled'],
    same: [['FAILED', ' canceled '], '["failed","canceled"]'],
    refused: ['broken', ['failed', 'broken'], 17, {}, true],
  },
  phase: {
    strict: ['worker'],
    same: ['worker', 'WORKER', '["worker"]', ['Worker']],
    refused: ['lunch', ['worker', 17], {}, true],
  },
  merchant: textOf('Corner', ' Corner', 'x'.repeat(256)),
  error_code: textOf('agent_error', 'Agent Error', 'x'.repeat(61)),
  fingerprint: textOf('0123456789abcdef', '0123', 'x'.repeat(16)),
  created_after: textOf('2026-11-10T00:00:00Z', 'yesterday', '2026-11-10'),
  created_before: textOf('2026-11-11T00:00:00Z', 'now', '2026-11-11'),
  ended_after: textOf('2026-11-10T00:00:00Z', 'yesterday', '2026-11-10'),
  ended_before: textOf('2026-11-11T00:00:00Z', 'now', '2026-11-11'),
  cleared: { strict: true, same: ['true', 'TRUE', [true]], refused: ['yes', 1, {}] },
  until: { strict: 'any', same: ['ANY', ' any ', '"any"', ['any']], refused: ['some', 1, true, {}, ['any', 'all']] },
  rate_per_minute: { ...idOf(60), refused: ['60abc', 60.5, true, {}, [60, 60], -1, 0, 60_001] },
  confirm_token: textOf('v1.e30.x'),
  idempotency_key: textOf('key-17', 'two words', 'x'.repeat(256)),
  from: textOf('2026-11-10T00:00:00Z', 'yesterday', '2026-11-10'),
  to: textOf('2026-11-11T00:00:00Z', 'now', '2026-11-11'),
  step: { strict: '1h', same: ['1H', ' 1h ', '"1h"', ['1h']], refused: ['1y', 'hour', 1, true, {}, ['1h', '1d']] },
  group: { strict: 'month', same: ['MONTH', ' month ', '"month"', ['month']], refused: ['year', 1, true, {}] },
  from_day: textOf('2026-01-31', '31.01.2026', '2026-02-30'),
  to_day: textOf('2026-01-31', '31.01.2026', '2026-02-30'),
  amount: textOf('25.00', '25,00', '-1'),
  name: textOf('nightly', 'two words', '.nightly', 'x'.repeat(65)),
  schedule: textOf('nightly', 'two words', '.nightly', 'x'.repeat(65)),
  cron: textOf('0 2 * * *', 'x'.repeat(121)),
  all_users: { strict: true, same: ['true', 'TRUE', [true]], refused: ['yes', 1, false, 'false', {}] },
  overlap: {
    strict: 'buffer_one',
    same: ['BUFFER_ONE', ' buffer_one ', '"buffer_one"', ['buffer_one']],
    refused: ['wait', 1, true, {}, ['skip', 'allow_all']],
  },
  url: textOf('https://hooks.example/receipts', 'x'.repeat(2_001)),
  events: {
    strict: ['job.finished', 'job.failed'],
    same: [['JOB.FINISHED', ' job.failed '], '["job.finished","job.failed"]'],
    refused: ['job.begun', ['job.finished', 'job.begun'], 17, {}, true, []],
  },
  description: textOf('bookkeeping', 'two\nlines', 'x'.repeat(201)),
  key_id: textOf('pq_17', 'x'.repeat(65)),
  scopes: {
    strict: ['jobs:read'],
    same: ['jobs:read', '["jobs:read"]', 'JOBS:READ', ['JOBS:READ']],
    refused: [17, true, {}, ['root'], []],
  },
  expires_in_days: { ...idOf(30), refused: ['30abc', 30.5, true, {}, [30, 30], 0, 3_651] },
  webhook_id: textOf('webhook-17', 'x'.repeat(65)),
  webhook_status: {
    strict: 'paused',
    same: ['PAUSED', ' paused ', '"paused"', ['paused']],
    refused: ['disabled', 1, true, {}, ['active', 'paused']],
  },
  message_id: textOf('evt', 'x'.repeat(101)),
  'list_audit.operation': textOf('cancel_job', 'x'.repeat(65), 'two\nlines'),
  'list_audit.outcome': textOf('ok', 'x'.repeat(65), 'two\nlines'),
  'list_audit.subject': textOf('ocr-17', 'x'.repeat(101), 'two\nlines'),
  outcome: { strict: 'failed', same: ['FAILED', ' failed ', '"failed"', ['failed']], refused: ['lost', 1, true, {}] },
  failed_since: textOf('2026-11-10T00:00:00Z', 'yesterday', '2026-11-10'),
  note: textOf('lunch', 'two\nlines', 'x'.repeat(201)),
  preview: { strict: true, same: ['true', 'TRUE', [true]], refused: ['yes', 1, false, 'false', {}] },
  kind: textOf('ocr', 'x'.repeat(33)),
  in_flight: capNumber,
  queued: capNumber,
  per_minute: capNumber,
  period: { strict: 'day', same: ['DAY', ' day ', '"day"', ['day']], refused: ['week', 1, true, {}] },
  time_zone: textOf('Europe/Berlin', 'Berlin', '+02:00'),
  merchant_name: textOf('Corner Shop', 'two\nlines', 'x'.repeat(256)),
  purchase_date: textOf('2026-01-31', '31.01.2026', '2026-02-30'),
  total_amount: {
    strict: '12.25',
    same: [12.25, ['12.25'], '"12.25"', ' 12.25 '],
    refused: ['12,50', 'EUR 12', true, {}, 1e21],
  },
  currency: textOf('EUR', 'euro', '€'),
  items: {
    strict: [{ item_name: 'Milk', total_price: '1.50' }],
    same: ['[{"item_name":"Milk","total_price":"1.50"}]'],
    refused: [17, true, ['Milk'], [{ total_price: 1.5 }]],
  },
  confirm: { strict: true, same: ['true', 'TRUE', [true]], refused: ['yes', 1, {}] },
  reject: {
    strict: 'unreadable',
    same: ['UNREADABLE', ' unreadable ', '"unreadable"', ['unreadable']],
    refused: ['ugly', 1, true, {}, ['unreadable', 'duplicate']],
  },
  seen_version: { ...idOf(3), refused: ['3abc', 3.5, true, {}, [3, 3], -1] },
  reason_code: {
    strict: 'low_confidence',
    same: ['LOW_CONFIDENCE', ' low_confidence ', '"low_confidence"', ['low_confidence']],
    refused: ['ugly', 1, true, {}, ['low_confidence', 'sum_mismatch']],
  },
  pending: { strict: true, same: ['true', 'TRUE', [true]], refused: ['yes', 1, false, 'false', {}] },
  field: {
    strict: 'items',
    same: ['ITEMS', ' items ', '"items"', ['items']],
    refused: ['currency', 1, true, {}, ['items', 'total_amount']],
  },
  image_path: pathNotations,
  wait_seconds: wait(5, '5', ' 5 ', '"5"', '5.0', 5.5, '5.9', '+5', [5]),
  receipt_ids: {
    strict: [17, 18],
    same: [['17', '18'], '[17,18]', '["17", "ocr-18"]', ['ocr-17', 'receipt 18']],
    refused: ['17,18', [17, 'abc'], [17, null], {}, [[17, 18]], true],
  },
  image_paths: { strict: ['a.jpg'], same: ['a.jpg', '["a.jpg"]'], refused: [17, [17], {}] },
  paths: {
    strict: ['assets/receipts/contoso-receipt-2.jpg'],
    same: [['assets/receipts/contoso-receipt-2.jpg'], 'assets/receipts/contoso-receipt-2.jpg'],
    refused: [17, [17], {}, true, [''], ['x'.repeat(4_097)]],
  },
  'tool:add_receipts.cursor': textOf('1', 'x'.repeat(65)),
  parts: { strict: ['items'], same: ['items', 'ITEMS', '["items"]', [' Items ']], refused: ['all', [17], {}, true] },
  undo: { strict: true, same: ['true', 'TRUE', [true]], refused: ['yes', 1, {}] },
  action: { strict: 'pause', same: ['PAUSE', ' pause ', '"pause"', ['pause']], refused: ['stop', 1, true, {}] },
  'tool:enqueue_ocr.pending': { strict: true, same: ['true', 'TRUE', [true]], refused: ['yes', 1, {}] },
  'tool:find_jobs.status': {
    strict: 'failed',
    same: ['FAILED', ' failed ', '"failed"', ['failed']],
    refused: ['broken', 17, {}, true, ['failed', 'canceled']],
  },
  reason: { strict: 'lunch', same: [['lunch']], refused: [17, {}, ['a', 'b']] },
};
