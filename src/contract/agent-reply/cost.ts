import { AMOUNT, type CallCost, type Prices } from '../cost.ts';
import { isCurrency } from '../currency.ts';
import { decimalOfNumber, rounded } from './decimal.ts';
import { isObject, type JsonObject, parseJson } from './json.ts';

/** A model's name as people write it; anything else is no name. */
const MODEL = /^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,63}$/;
const MAX_LETTERS = 40;
const DECIMALS = 9;

/**
 * What a call cost: what the agent says, else the price of its model, else the price of a call. Whatever an agent writes
 * there, its reply is read all the same.
 * @param bytes the answer as it came, a reply or none
 */
export function costOf(bytes: Uint8Array, prices: Prices): CallCost {
  const answer = parseJson(bytes);
  const reply = isObject(answer) ? answer : {};
  const model = modelIn(reply);
  const said = saidIn(reply);
  const amount = said === undefined ? undefined : amountOf(said.amount);
  const currency = said?.currency === undefined ? prices.currency : codeOf(said.currency);
  if (amount !== undefined && currency !== undefined) return { amount, currency, model, unread: false };
  const price = model !== undefined && Object.hasOwn(prices.byModel, model) ? prices.byModel[model] : prices.perCall;
  return { amount: price, currency: prices.currency, model, unread: said !== undefined };
}

interface Said {
  readonly amount: unknown;
  readonly currency: unknown;
}

/** `cost: {amount, currency}`, or a bare `cost`, in the answer itself or in its `usage`. */
function saidIn(reply: JsonObject): Said | undefined {
  const usage = isObject(reply.usage) ? reply.usage : {};
  const cost = reply.cost ?? usage.cost ?? undefined;
  if (cost === undefined) return undefined;
  const { amount, currency } = isObject(cost) ? cost : { amount: cost, currency: undefined };
  return { amount, currency: currency ?? undefined };
}

function modelIn(reply: JsonObject): string | undefined {
  const places = [reply.cost, reply.usage, reply].filter(isObject).map(({ model }) => model);
  return places.find((model): model is string => typeof model === 'string' && MODEL.test(model));
}

function amountOf(value: unknown): string | undefined {
  const text = typeof value === 'number' && Number.isFinite(value) ? decimalOfNumber(value) : value;
  if (typeof text !== 'string' || text.length > MAX_LETTERS || !/^\s*\d+(\.\d+)?\s*$/.test(text)) return undefined;
  const amount = rounded(text.trim(), DECIMALS);
  return AMOUNT.test(amount) ? amount : undefined;
}

function codeOf(value: unknown): string | undefined {
  const code = typeof value === 'string' ? value.trim().toUpperCase() : '';
  return isCurrency(code) ? code : undefined;
}
