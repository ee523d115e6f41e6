import { phrases } from '../words.ts';

/** Words that make a receipt one of money paid back, as its title or beside its total. English, German, French, Spanish, Italian, Dutch, the North, Polish, Malay, Vietnamese. */
export const REFUND_WORDS = phrases(`
  refund, refunded, return, returned, returns, sales return, merchandise return, credit note, credit memo,
  reversal, reversed, chargeback, void sale, transaction void, voided sale,
  gutschrift, storno, stornierung, erstattung, erstattet, rückerstattung, rückzahlung, retoure, rücknahme,
  warenrückgabe, stornobeleg, stornorechnung, rückgabebeleg, gutschriftsbeleg, auszahlung,
  remboursement, rembourse, avoir, retour, retour marchandise, annulation, note de crédit,
  reembolso, devolución, abono, nota de crédito, anulación, rimborso, reso, storno, nota di credito, annullo,
  terugbetaling, creditnota, retourbon, estorno, devolução, återbetalning, retur, kreditnota, refusjon,
  tilbagebetaling, kreditering, zwrot, korekta, hyvitys, palautus, vrácení, visszáru, iade,
  bayaran balik, pulangan, hoàn tiền, trả hàng, hoàn trả`);

/** Words of a policy ("no refund without receipt"): beside them a refund word says nothing of this receipt. */
export const POLICY_WORDS = phrases(`
  policy, policies, within, days, no, not, without, only, must, may, please, conditions, available, eligible, keep, original,
  before, until, allowed, accepted, exchange, exchanges, umtausch, innerhalb, tagen, tage, nur, gegen, ohne, kein, keine, nicht,
  bitte, leergut, pfand, flaschen, jours, sans, sous, días, sin, dagen, giorni, senza, tidak, boleh, hari, không, trong, address,
  deposit, merci, thank, danke, coupon, gutschein`);

/** Letters behind an amount that make it one in the buyer's favour. */
export const CREDIT_MARK = /^\s?(?:CR|Cr)\b/;
