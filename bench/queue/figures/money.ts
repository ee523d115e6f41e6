import { SUM_BY } from '../../../src/contract/operations/summarize-receipts.ts';
import type { InputOf } from '../../../src/contract/queue-api.ts';
import type { Db } from '../../../src/ledger/db.ts';
import type { Bench } from '../bench.ts';
import { type Figure, median, spreadOf } from '../figure.ts';
import { asOperator, openQueue, settingsFor } from '../queue.ts';

const OF_ONE = 1_000;
const LINES = 5;
const SLICE = 10_000;
/** Each asks as another owner, so that no call finds its rows in a cache that the one before has filled. */
const CALLS = 60;

/** Of each owner 1,000 receipts over three years, in 70 shops; those who are asked about have five lines on each. */
async function seedReceipts(db: Db, receipts: number): Promise<void> {
  const owners = receipts / OF_ONE;
  for (let from = 1; from <= receipts; from += SLICE) {
    await db.transaction(
      (tx) =>
        tx.query(
          `insert into public.receipts (user_id, image_path, ocr_status, merchant_name, purchase_date, total_amount, currency)
           select 1 + n % $3::int, 'minio://receipts/' || n || '.jpg', 'completed',
             (array['Lidl', 'Aldi Süd GmbH', 'dm-drogerie markt', 'Bäckerei Müller', 'Café Corner', 'REWE', 'Edeka'])[1 + n / $3::int % 7]
               || case when n % 10 < 3 then ' ' || n / $3::int % 10 else '' end,
             date '2024-01-01' + n / $3::int % 1000, 1.25 * (1 + n % 77), case when n % 50 = 0 then 'CHF' else 'EUR' end
           from generate_series($1::int, $2::int) n`,
          [from, from + SLICE - 1, owners],
        ),
      { patient: true },
    );
  }
  await db.transaction(
    async (tx) => {
      await tx.query(
        `update pantry_queue.receipt_state set review = 'open', review_since = now(), review_user = 1 where receipt_id % 9 = 0`,
      );
      await tx.query(
        `insert into public.receipt_items (receipt_id, item_name, total_price, currency)
         select r.id, (array['Vollmilch 3,5%', 'Brot', 'Käse jung', 'BUTTER', 'Äpfel'])[n], 0.99 + n, r.currency
         from public.receipts r cross join generate_series(1, $1::int) n where r.user_id <= $2`,
        [LINES, CALLS],
      );
    },
    { patient: true },
  );
  await db.query('analyze');
}

/** What a user asks of 1,000 receipts, among those of many others. */
export async function measureMoney({ servers, full, say }: Bench): Promise<Figure[]> {
  const receipts = full ? 1_000_000 : 100_000;
  const { engine, imageDir } = servers;
  const databaseUrl = await servers.createDatabase('bench_money');
  const base = await openQueue(settingsFor({ databaseUrl, imageDir, engine, agentSlots: 1 }));
  const { db, queue } = base;
  try {
    say(`Filling a ledger with ${receipts.toLocaleString('en')} receipts`);
    await seedReceipts(db, receipts);
    const among = `of one of ${(receipts / OF_ONE).toLocaleString('en')} owners with ${OF_ONE.toLocaleString('en')} receipts each`;
    const figure = async (id: string, what: string, run: (user_id: number) => Promise<unknown>): Promise<Figure> => {
      const times: number[] = [];
      for (let user = 1; user <= Math.min(CALLS, receipts / OF_ONE); user++) {
        const startedAt = performance.now();
        await run(user);
        times.push(performance.now() - startedAt);
      }
      const spread = spreadOf(times);
      return { id, what: `${what}, ${among}`, unit: 'ms', value: median(times), spread, bound: { atMost: 50 } };
    };
    const sum = (asked: InputOf<'summarizeReceipts'>) => (user_id: number) =>
      queue.summarizeReceipts({ ...asked, user_id }, asOperator);
    const figures: Figure[] = [];
    for (const sum_by of SUM_BY) figures.push(await figure(`sum_${sum_by}`, `the sums by ${sum_by}`, sum({ sum_by })));
    figures.push(await figure('sum_of_shop', 'the sums of one shop', sum({ merchant: 'lidl' })));
    figures.push(
      await figure('find_receipts', 'the first page of one shop', (user_id) =>
        queue.findReceipts({ merchant: 'lidl', user_id }, asOperator),
      ),
    );
    return figures;
  } finally {
    await base.close();
  }
}
