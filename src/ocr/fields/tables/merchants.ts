import { fold, listed, phrase, phrases } from '../words.ts';

/** A well-known chain: the name to give, and how its receipts write it. */
export interface Brand {
  readonly name: string;
  readonly folded: string;
  readonly words: readonly string[];
  /** Its letters and digits alone. */
  readonly squeezed: string;
  /** The words of other ways to write it. */
  readonly also: readonly (readonly string[])[];
}

/** Reads a list of "name = other form | other form". */
function brands(list: string): Brand[] {
  return listed(list).map((entry) => {
    const [name = '', also] = entry.split(' = ');
    const { words } = phrase(name);
    const others = also === undefined ? [] : also.split(' | ').map((other) => phrase(other).words);
    return { name, folded: fold(name), words, squeezed: words.join(''), also: others };
  });
}

/** Chains by country: many print their name as a picture only, and name themselves in a tax line or at the foot. */
export const BRANDS: Readonly<Record<string, readonly Brand[]>> = {
  DE: brands(`
    Aldi = ALDI SÜD | ALDI Nord | ALDI GmbH, Lidl = Lidl Vertriebs | Lidl Dienstleistung, Rewe = REWE Markt |
    REWE City | REWE Center, Edeka = E center | EDEKA Markt, Marktkauf, Kaufland, Penny = PENNY Markt |
    Penny-Markt, Netto = Netto Marken-Discount | NETTO Marken, Norma = NORMA Lebensmittel, real = real GmbH |
    real SB-Warenhaus, dm = dm-drogerie markt | dm drogerie, Rossmann = Dirk Rossmann, Müller = Müller
    Drogerie | Müller Handels, Budni = Iwan Budnikowsky, tegut = tegut gute lebensmittel, Globus = Globus
    SB-Warenhaus | Globus Handelshof | GLOBUS Baumarkt, famila, Combi, HIT = HIT Handelsgruppe, Denns = denn s
    Biomarkt | dennree, Alnatura, Metro = METRO Cash, Trinkgut = trinkgut, Getränke Hoffmann, Hol ab = HOL AB
    Getränkemarkt, Media Markt = MediaMarkt | Media Markt TV-HiFi, Saturn = SATURN Electro, Expert, Euronics,
    Conrad = Conrad Electronic, Ikea = IKEA Deutschland, Hornbach = HORNBACH Baumarkt, toom = toom Baumarkt,
    OBI = OBI Markt, Bauhaus = BAUHAUS GmbH, hagebaumarkt = hagebau, Hellweg = HELLWEG Die Profi, Raiffeisen =
    Raiffeisen-Markt, Roller = ROLLER GmbH, Poco = POCO Einrichtung, Höffner, XXXLutz, Segmüller, JYSK =
    Dänisches Bettenlager, Thalia = Thalia Bücher | Thalia-Buchhandlung, Hugendubel, Weltbild, Mayersche,
    Osiander, Karstadt, Galeria = Galeria Kaufhof, C&A, H&M = H M Hennes, Peek & Cloppenburg, Deichmann, KiK,
    Takko = Takko Fashion, NKD, Woolworth, TEDi, Action = Action Deutschland, Depot, Tchibo, Decathlon,
    Intersport, Fressnapf, Zoo Zajac, Dehner, Pflanzen Kölle, Smyths Toys, Douglas, Apollo = Apollo-Optik,
    Fielmann, Aral = ARAL Tankstelle | Aral AG, Shell = Shell Station | Shell Deutschland, Esso = ESSO
    Station, Westfalen = Westfalen Tankstelle, Jet = JET Tankstelle, Total = TOTAL Station | TotalEnergies |
    TOTAL Deutschland, Star = star Tankstelle | ORLEN Deutschland, HEM = HEM Tankstelle, Agip = Agip Service,
    Avia = AVIA Tankstelle, OMV, McDonald's = McDonalds, Burger King, Subway, KFC, Nordsee, Starbucks,
    BackWerk, Kamps, Ditsch, Vapiano, Block House, Deutsche Bahn = DB Fernverkehr | DB Vertrieb, Deutsche Post
    = Deutsche Post AG`),
  AT: brands(`
    Billa, Spar, Interspar, Hofer, Merkur, Penny, Lidl, MPreis, Bipa, dm, Libro, Müller, OBI, bauMax, Ikea`),
  CH: brands(`
    Migros, Coop, Denner, Aldi Suisse, Lidl, Manor, Volg, Spar, Landi, Ikea`),
  GB: brands(`
    Tesco, Sainsbury's, Asda, Morrisons, Waitrose, Aldi, Lidl, Marks & Spencer, Co-op, Iceland, Boots,
    Superdrug, WHSmith, Greggs, Pret A Manger, Costa, B&Q, Argos, Poundland, Wilko, Next, Primark, Ikea`),
  US: brands(`
    Walmart, Target, Costco, Kroger, Safeway, Trader Joe's, Whole Foods, Whole Foods Market, Publix, CVS,
    Walgreens, Home Depot, Lowe's, Best Buy, Aldi, Starbucks, McDonald's = Mc Donald s, Chipotle, Subway, Dollar Tree,
    Dollar General, 7-Eleven, Staples, Office Depot, Panera Bread, Wendy's, Burger King`),
  SG: brands(`
    FairPrice, NTUC FairPrice, Cold Storage, Sheng Siong, Giant, Guardian, Watsons, 7-Eleven, Ikea`),
  VN: brands(`
    Co.opmart = Co op mart | Saigon Co.op | COOPMART, Co.op Food, WinMart = VinMart | WinMart+, Bách Hóa Xanh,
    Big C = GO! Big C, Lotte Mart = LotteMart, AEON = AEON Mall | AEON Việt Nam, MM Mega Market = Mega Market,
    Circle K, FamilyMart = Family Mart, GS25, Ministop, 7-Eleven, Highlands Coffee, The Coffee House, Phúc
    Long, Guardian, Pharmacity, Long Châu = FPT Long Châu, Con Cưng, Emart, Tops Market, KFC, Lotteria,
    Jollibee, Satra = Satrafoods`),
};

/** Words that mark the name of a company; those of the first group close it. */
export const COMPANY_ENDINGS = phrases(`
  sdn bhd, sbn bhd, bhd, s b, gmbh, gmbh co kg, co kg, ohg, kg, ag, e k, ek, e kfm, mbh, ug, gbr, ltd,
  limited, llc, inc, pte ltd, plc, corp, enterprise, enterprises, trading, tnhh, jsc`);

export const COMPANY_WORDS = phrases(`
  restaurant, restoran, kedai, pasaraya, mart, mini market, market, supermarket, hypermarket, hardware,
  bakery, bakeries, pharmacy, farmasi, apotheke, book, bookstore, bookshop, stationery, syarikat, perniagaan,
  store, shop, cafe, kopitiam, coffee, pizza, seafood, holdings, industries, centre, tankstelle, bäckerei,
  metzgerei, baumarkt, drogerie, getränkemarkt, gasthaus, hotel, buchhandlung, kiosk, siêu thị, cửa hàng, nhà
  hàng, quán, công ty, cake house, kitchen, kitchenette, gourmet, petrol, station, niaga, maker, mobile,
  electrical, motor, auto, resources, grocer, textile, optical, grill, diner, bbq, burger, burgers, sushi, bagel, deli, delicatessen,
  tavern, pub, bistro, brewery, brewing, steakhouse, cantina, taqueria, trattoria, ristorante, pizzeria, osteria, gelateria, brasserie,
  boulangerie, pharmacie, farmacia, panaderia, restaurante, gastrobar, gasthof, eatery, cuisine, thai, car wash, carwash, liquor, liquors, wine,
  wines, foods, inn, lounge, boutique, salon, theatre, cinema, museum, garage, nursery, florist, jewelers, outfitters, sports, toys, books,
  bar, house, club, garden, noodle, noodles, ramen, tacos, chicken, steak, donuts, ice cream, tea, juice, smokehouse, taphouse, post office`);

/** A line with these words is an address, a contact, a number of an office or a heading, not a name. */
export const NOT_A_MERCHANT = phrases(`
  tel, te1, telefon, phone, fax, email, e mail, website, www, http, gst, gst id, gst reg, gst no, sst, reg no,
  co reg, company no, company reg, br no, brn, ust, ust id, steuernummer, steuer nr, mwst, tax invoice, tax,
  invoice, simplified tax invoice, receipt, cash bill, cash sale, rechnung, quittung, kassenbon, beleg, bon
  nr, guest check, jalan, jln, lot, taman, lorong, no, floor, level, selangor, johor, kuala lumpur, street,
  road, avenue, straße, strasse, str, weg, platz, allee, filiale, öffnungszeiten, shopping hours, uhr, mo,
  date, datum, time, cashier, kasse, table, order, bill, customer, kunde, member, licensee, owned by,
  formerly, incorporated, document, doc no, slip, eur, welcome, willkommen, thank you, vielen dank, hóa đơn,
  phiếu, địa chỉ, mst, ngày, hotline, kundenbeleg, terminal, home of, inh, inhaber, bandar, seksyen, plaza,
  drucken, copy, duplicate, order type, bed nr, bediener, pax, counter, guest number, your guest, guests, guest, cust, check, chk, tbl, tab,
  server, waiter, waitress, host, hostess, manager, general manager, operator, station, register, lane, collector, pump, thanks, thank you for,
  welcome to, dine in, dinein, take out, to go, eat in, carry out, drive thru, dinner, lunch, breakfast, for here, sale, sales receipt, reprint,
  customer copy, merchant copy, guest receipt, guest copy, survey, feedback, visit us, tell us, prize, prizes, win, chance to, vouchers, please,
  lovin it, dress for less, save money, live better, always low, low prices, every day, everyday, quality, since, est, open, closed, hours, monday,
  sunday, settled, void, refund, approved, visa, mastercard, amex, debit, credit, terminal id, merchant id, auth, ref, seq, trans, tran, tid, mid,
  transaction, invoice no, vat no, vat reg, vat, abn, cif, nif, p iva, siret, tva, btw, factura, ticket, caja, fecha, mesa, albaran, kassabon, bon,
  scontrino, documento, atendido, le atendio, cajero, vendedor, seat, party, class, dining, item, qty, price, amount, description`);
