import { listed, type Phrase, phrases } from '../words.ts';

/** What the words beside an amount say it is. */
export type LabelKind =
  | 'total'
  | 'subtotal'
  | 'net'
  | 'tax'
  | 'cash'
  | 'change'
  | 'card'
  | 'rounding'
  | 'service'
  | 'discount'
  | 'savings'
  | 'count'
  | 'information';

export interface LabelRule {
  /** Name that evidence cites. */
  readonly name: string;
  readonly kind: LabelKind;
  /** How surely the words mean this kind, 0 to 1. For totals: how final the sum is that they name. */
  readonly strength: number;
  readonly phrases: readonly Phrase[];
  /** The label holds nothing but these words and a currency. */
  readonly alone?: boolean;
}

function rule(kind: LabelKind, name: string, strength: number, list: string, alone = false): LabelRule {
  return { kind, name, strength, phrases: phrases(list), ...(alone ? { alone } : {}) };
}

/**
 * Labels in the order they are tried: the first rule whose words occur decides, so what is *not* a total (a subtotal, a
 * number of items, a sum of tax) stands before the totals. English, German, Malay and Vietnamese side by side, and the
 * words for sums of the other languages of the country tables.
 */
export const LABEL_RULES: readonly LabelRule[] = [
  rule(
    'change',
    'change',
    1,
    `change, change due, change amt, rückgeld, rueckgeld, zurück, wechselgeld, baki, tiền thối, tiền thừa, trả
    lại, balance given, monnaie, rendu, cambio, resto, troco, wisselgeld, växel, vekslepenger, byttepenge, reszta, vráceno,
    visszajáró, para üstü, your change, change given, vuelto, vuelta, wechselgeld bar, reszta gotówki`,
  ),
  rule(
    'rounding',
    'rounding',
    1,
    `rounding, rounding adj, rounding adjustment, round adj, round amt, rundung, pembundaran, làm tròn, bill
    rounding, rour ding, round off, rounded off, cash rounding, arrondi, redondeo, arrotondamento, afronding, öresavrundning, öreavrunding`,
  ),
  rule(
    'savings',
    'savings',
    1,
    `total saving, total savings, your savings, you saved, savings for today, gespart, ersparnis, jimat, tiết
    kiệm, item value adj, you save, yousave, you saved, cardsav, card savings, card saving, club card savings, coupon savings, total saved, amount saved, you have saved, savings today, vous économisez, hai risparmiato, usted ahorra`,
  ),
  rule(
    'count',
    'count',
    1,
    `total qty, total quantity, total item, total items, item count, no of items, total number, anzahl artikel,
    anzahl, posten, artikel anzahl, number of items, tổng số lượng, số lượng, sl mặt hàng, total pcs, qty s,
    jumlah item, items sold, anz artikel, item sold, items purchased, total units, articulos, nombre d articles, aantal artikelen, numero articoli`,
  ),
  rule(
    'subtotal',
    'subtotal',
    1,
    `subtotal, sub total, sub totai, zwischensumme, zw summe, zwsumme, jumlah kecil, tạm tính, cộng tiền hàng,
    warenwert brutto, after discount, sous total, subtotale, tussentotaal, mellansumma, delsum, delsumma, välisumma, mezisoučet,
    részösszeg, ara toplam, suma częściowa, sub ttl, subttl, sub totl, subtot, net sales, item total, items total, merchandise total, merchandise sub, goods total, sub w tax`,
  ),
  rule(
    'net',
    'excluding tax',
    1,
    `excl gst, excluding gst, excl tax, excl of gst, excluding, exclusive, before tax, netto warenwert, netto,
    nettobetrag, amt excl, taxable, chưa thuế, trước thuế, net amount, excl, total ht, montant ht, hors taxe, hors taxes, exkl moms, eks mva, excl btw, imponibile,
    base imponible, bez dph, nettó, kdv hariç, pre tax, without tax, tax free, zero rated, before gst, before vat, total ex gst, ex gst, ex vat, vatable, vatable sales, non taxable, tax exempt`,
  ),
  rule(
    'information',
    'sum of a tax rate',
    1,
    `supplies, umsatz von, included in total, einzelpreis, stückpreis, grundpreis, unit price each, punkte, points, regular price, orig price,
    original price, itemprice, item price, regprice, was price, reg price, price before discount, list price, even split, per person, each pays, suggested tip, suggested gratuity, tip guide,
    check detail, opening balance, previous balance, new balance, remaining balance, card balance, account balance, available balance`,
  ),
  rule(
    'discount',
    'discount',
    1,
    `discount, disc, rabatt, nachlass, coupon, gutschein, voucher, diskaun, giảm giá, khuyến mãi, chiết khấu,
    special offer, special offers, price override, price overide, rebate, promotion, preisvorteil, aktionsrabatt, promo`,
  ),
  rule(
    'service',
    'service charge',
    1,
    `service charge, svc chg, svr chrg, service chg, serv charge, svc charge, trinkgeld, tip, phí dịch vụ, gratuity, auto gratuity, auto grat, tips, tip amount, tip amt, svc ch, opt svc ch, sv chg, ser chg, sv charge, ser charge, svc fee, srv chg, serv chg, svc chrg,
    service fee, optional service, discretionary service, service 10, service 12, surcharge, delivery fee, delivery charge, propina, pourboire, mancia,
    fooi, bedieningsgeld, dricks, drikkepenger, napiwek, coperto, couvert`,
  ),
  rule(
    'total',
    'grand total',
    1,
    `grand total, nett total, net total, final total, rounded total, total rounded, total after rounding, total
    payable, amount payable, total amt payable, payment due, pmt due, amount due, total due, balance due, total to pay, zu zahlen,
    zu zahlender betrag, gesamtbetrag, gesamtsumme, endbetrag, endsumme, rechnungsbetrag, zahlbetrag, tổng
    thanh toán, tổng tiền thanh toán, khách phải trả, phải thanh toán, thành tiền sau, à payer, net à payer, total a pagar, a pagar, totale complessivo, da pagare, te betalen, att betala,
    å betale, at betale, do zapłaty, k úhradě, fizetendő, ödenecek, maksettava, jumlah besar, jumlah
    perlu dibayar, total after adj, tổng cộng, thanh toán, bal due, bal to pay, balance to pay, amt due, amt payable, amount owing, amount owed, total owing,
    toll paid, fare paid, total fare, total toll, you pay, please pay, pay this amount, amount to pay, total to be paid, total charge, total charged,
    total sale, check total, total check, bill total, total bill, invoice total, order total, total order, purchase total, total purchase, total purchases,
    total cost, total price, sale total, transaction total, total transaction, a pagar total, importe total, total importe, valor a pagar, total general,
    total à payer, montant dû, somme à payer, reste à payer, totale euro, totale da pagare, importo pagato, te voldoen, totaal te betalen, summa att betala,
    beløp, totalbeløp, do zaplaty, zaplatit, celkem k úhradě`,
  ),
  rule(
    'total',
    'total including tax',
    0.85,
    `total incl, total inc, total inc tax, total inc gst, total inc vat, total includes, total including, total inclusive, total sales inclusive, total sales incl,
    total with gst, total amt incl, total incl gst, total gst incl, total tax incl, summe inkl, total inkl, inclusive of gst, inclusive gst, total gross, gesamt inkl,
    total rm incl, total rm including, incl gst, sales incl`,
  ),
  rule(
    'tax',
    'tax',
    1,
    `total gst, total tax, total vat, gst payable, tax total, gst, sst, vat, mwst, mehrwertsteuer, ust,
    umsatzsteuer, tax, taxes, tax1, taxl, tax2, tax3, tax4, sales tax, sales taxes, service tax, ser tax, serv tax, svc tax, tx, txb, tax amt, tax amount, thuế, cukai, gtgt, steuer, must, mwst betrag, mehrwertst, tva, iva, btw, moms, mva, alv, dph, áfa, kdv, ptu, igv, hst, pst, qst, tvh, tps, tvq, tvp, ppn, itbis, impuesto, impuestos, imposta, impoconsumo, consumption tax, vat included, includes vat, gst included`,
  ),
  rule(
    'card',
    'card',
    1,
    `visa, mastercard, master card, debit, kreditkarte, ec karte, girocard, kartenzahlung, karte, maestro, ec
    cash, lastschrift, credit card, eft, eft payment, card, betrag, zahlung, credit, amex, paypal, e wallet, thẻ, chuyển khoản, carte bancaire, tarjeta, pinpas, bankkort, karta,
    eurocard, ecc, kad, paywave, contactless, eftpos, interac, discover, diners, american express, am ex, mc, apple pay, google pay, auth amt, auth amount,
    amount charged, purchase amount, card amount, charge amount, approved amount, tarjeta credito, carte, carta di credito, bancomat, dankort, vipps, swish`,
  ),
  rule(
    'cash',
    'cash',
    1,
    `cash, tendered, cash tendered, cash received, gegeben, bargeld, tunai, tiền mặt, tiền khách đưa, khách
    đưa, total paid, amount paid, paid, payment, tender, customer s payment, tổng tiền khách trả, espèces, efectivo, contante, contanti, contant, kontant, gotówka, hotovost, készpénz,
    nakit, käteinen, amount tender, amount tendered, amt tendered, amt tender, cash tend, amt tend, tend, tendered amount, cash paid, pagado, recibido, contant betaald, kontant betalt`,
  ),
  rule('cash', 'cash', 1, `bar, gegeben bar, barzahlung`, true),
  rule('rounding', 'rounding', 1, `round, rnd`, true),
  rule('service', 'service charge', 1, `grat, service, svc`, true),
  rule('total', 'total amount', 0.8, `total amount, total amt`),
  rule(
    'total',
    'total',
    0.95,
    `summe eur, total rm, total eur, summe, total, gesamt, totaal, totale, totalt, total ttc, suma, razem, celkem, összesen,
    toplam, yhteensä, i alt, ttl, totl, tot, montant, importe, importo, summa, total del, totale eur, valor total, ukupno, kopa, iš viso, kokku`,
  ),
  rule(
    'total',
    'amount',
    0.6,
    `jumlah, total sales, amount, amt, tổng, tổng tiền, thành tiền, balance, sum, toll, fare`,
  ),
  // Chains of quick restaurants print the sum beside how the order is taken.
  rule(
    'total',
    'how it is taken',
    0.5,
    `to go, eat in, dine in, take out, take away, takeout, carry out, drive thru, for here`,
  ),
];

/** Words of a table head above the items. Two of the first list on one line make a head; the second list only goes along. */
export const ITEM_HEAD_WORDS: ReadonlySet<string> = new Set(
  listed(`
  item, items, ltum, qty, oty, qti, qnty, quantity, description, desc, price, amount, amt, uprice, uom, artikel, menge,
  preis, bezeichnung, betrag, einzelpreis, kuantiti, harga, amaun, sl, mat, hang, don, gia, thanh, tien, ten, iss`),
);
export const ITEM_HEAD_COMPANIONS: ReadonlySet<string> = new Set(
  listed(`
  unit, total, code, disc, discount, tax, rm, eur, euro, coupon, inc, exc, gst, bcode, no, tx, subtotal, sale, u, p, s, b, d, menu,
  rate, cod, each`),
);

/** A line of these words stands among the items but is none: codes, counters, notes of the till. */
export const NOT_A_NAME: readonly Phrase[] = phrases(`
  bestellnr, bestelinr, seriennr, serial no, s n, ean, art ean, einzelpreis, stückpreis, reason code,
  barverkauf, buchung, cashier, table, pax, kassierer, bediener, invoice, tax invoice, member, mitglied,
  order, date, datum, time, take away, dine in, carry out, receipt, counter, shopping hours, kasse, bon nr,
  pump, saulennummer, säulennummer`);
