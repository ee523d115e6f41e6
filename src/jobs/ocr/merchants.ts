import { MONEY } from '../../contract/money-policy.ts';
import { editDistance } from '../../contract/nearest.ts';
import type { Db } from '../../ledger/db.ts';

/** Whose receipts. */
export interface OwnerOf {
  readonly tenant: string;
  readonly userId: number;
}

/** The shops of a user that a name stands for, and those that look like it. */
export interface NamedMerchants {
  readonly keys: readonly string[];
  readonly names: readonly string[];
  readonly similar: readonly { readonly merchant: string; readonly receipts: number }[];
}

type Merchant = { merchant_key: string; words: string; merchant: string };

/** One step along the index for each merchant, however many receipts it has. The first row is what was asked for. */
const MERCHANTS = `
with recursive keys as (
  select (select min(merchant_key) from pantry_queue.receipt_facts
          where tenant_id = $1 and user_id = $2::bigint and merchant_key > '') as merchant_key, 1 as nth
  union all
  select (select min(f.merchant_key) from pantry_queue.receipt_facts f
          where f.tenant_id = $1 and f.user_id = $2::bigint and f.merchant_key > k.merchant_key), k.nth + 1
  from keys k where k.merchant_key is not null and k.nth < ${MONEY.merchants}
)
select pantry_queue.merchant_key($3) as merchant_key, pantry_queue.merchant_words($3) as words, '' as merchant, 0 as nth
union all
select k.merchant_key, pantry_queue.merchant_words(f.merchant), f.merchant, k.nth
from keys k cross join lateral (
  select merchant from pantry_queue.receipt_facts f
  where f.tenant_id = $1 and f.user_id = $2::bigint and f.merchant_key = k.merchant_key
  order by f.day desc limit 1
) f
order by nth`;

const COUNTS = `
select merchant_key, count(*)::int as receipts from pantry_queue.receipt_facts
where tenant_id = $1 and user_id = $2::bigint and merchant_key = any ($3::text[]) group by merchant_key`;

/** A name in any spelling → the shops of a user. "Lidl" also stands for "Lidl Vertriebs GmbH", and never for "Lid1". */
export async function merchantsNamed(db: Db, { tenant, userId }: OwnerOf, name: string): Promise<NamedMerchants> {
  const [asked, ...merchants] = await db.search.query<Merchant>(MERCHANTS, [tenant, userId, name]);
  if (!asked) throw new Error('the database does not fold the name');
  const meant = merchants.filter((merchant) => isMeant(asked, merchant));
  const like = merchants
    .filter((merchant) => !meant.includes(merchant) && looksLike(asked, merchant))
    .slice(0, MONEY.similar);
  const keys = like.map(({ merchant_key }) => merchant_key);
  const counts =
    keys.length === 0
      ? []
      : await db.search.query<{ merchant_key: string; receipts: number }>(COUNTS, [tenant, userId, keys]);
  return {
    // The key itself too: it may lie behind the last merchant that was compared.
    keys: [...new Set([asked.merchant_key, ...meant.map(({ merchant_key }) => merchant_key)])],
    names: meant.map(({ merchant }) => merchant),
    similar: like.map(({ merchant, merchant_key }) => ({
      merchant,
      receipts: counts.find((count) => count.merchant_key === merchant_key)?.receipts ?? 0,
    })),
  };
}

/** The same name, or one in which it stands as whole words. */
function isMeant(asked: Merchant, { merchant_key, words }: Merchant): boolean {
  return merchant_key === asked.merchant_key || (asked.words !== '' && ` ${words} `.includes(` ${asked.words} `));
}

/** What a reader takes for one another. */
const CONFUSED: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'l',
  i: 'l',
  '5': 's',
  '8': 'b',
  '2': 'z',
  '6': 'g',
};
const plain = (text: string) => text.replace(/[0-9i]/g, (letter) => CONFUSED[letter] ?? letter);

/** Shorter names differ by a letter and are different shops. */
const MIN_COMPARED = 4;

function looksLike(asked: Merchant, { merchant_key, words }: Merchant): boolean {
  const name = plain(asked.merchant_key);
  const beginning = words.split(' ').slice(0, asked.words.split(' ').length).join('');
  return [merchant_key, beginning].map(plain).some((other) => {
    if (other === name) return true;
    if (Math.min(other.length, name.length) < MIN_COMPARED) return false;
    if (other.startsWith(name) || name.startsWith(other)) return true;
    // Comparing costs the product of both lengths.
    return Math.abs(other.length - name.length) <= 1 && editDistance(other, name) <= 1;
  });
}
