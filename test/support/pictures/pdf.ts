import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { PHOTO } from './files.ts';

interface Page {
  /** In points. */
  readonly width?: number;
  readonly height?: number;
  /** Clockwise, as viewers show it. */
  readonly rotate?: number;
  /** JPEG that fills the page; undefined: it is blank. */
  readonly jpeg?: Buffer;
  /** Instead of the picture: what the page draws, as it stands in the file, with the entries of its dictionary. */
  readonly content?: { readonly entries: string; readonly bytes: Buffer };
}

interface Options {
  /** Entries of the catalog, as `/OpenAction …`. */
  readonly catalog?: string;
  /** Entries of the trailer, as `/Encrypt …`. */
  readonly trailer?: string;
  /** Objects that those entries name: the first is 3. */
  readonly extra?: readonly string[];
}

const stream = (entries: string, bytes: Buffer) =>
  Buffer.concat([Buffer.from(`<<${entries}/Length ${bytes.length}>>stream\n`), bytes, Buffer.from('\nendstream')]);

/** A document of pages, with a right table of objects. */
export async function pdfOf(pages: readonly Page[], { catalog = '', trailer = '', extra = [] }: Options = {}) {
  const objects: Buffer[] = [Buffer.from(`<</Type/Catalog/Pages 2 0 R${catalog}>>`), Buffer.alloc(0)];
  const add = (object: Buffer | string) => objects.push(Buffer.from(object));
  for (const each of extra) add(each);
  const kids: number[] = [];
  const pictures = new Map<Buffer, number>();
  for (const { width = 405, height = 540, rotate = 0, jpeg, content } of pages) {
    let resources = '';
    let drawn = content ?? { entries: '', bytes: Buffer.alloc(0) };
    if (jpeg) {
      const size = await sharp(jpeg).metadata();
      const entries = `/Type/XObject/Subtype/Image/Width ${size.width}/Height ${size.height}/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode`;
      const picture = pictures.get(jpeg) ?? add(stream(entries, jpeg));
      pictures.set(jpeg, picture);
      resources = `/XObject<</I ${picture} 0 R>>`;
      drawn = { entries: '', bytes: Buffer.from(`q ${width} 0 0 ${height} 0 0 cm /I Do Q`) };
    }
    const contents = add(stream(drawn.entries, drawn.bytes));
    const box = `/MediaBox[0 0 ${width} ${height}]/Rotate ${rotate}`;
    kids.push(add(`<</Type/Page/Parent 2 0 R${box}/Resources<<${resources}>>/Contents ${contents} 0 R>>`));
  }
  objects[1] = Buffer.from(`<</Type/Pages/Count ${kids.length}/Kids[${kids.map((kid) => `${kid} 0 R`).join(' ')}]>>`);
  return written(objects, trailer);
}

function written(objects: readonly Buffer[], trailer: string): Buffer {
  const parts = [Buffer.from('%PDF-1.7\n')];
  const places: number[] = [];
  let at = parts[0]?.length ?? 0;
  for (const [index, object] of objects.entries()) {
    const whole = Buffer.concat([Buffer.from(`${index + 1} 0 obj\n`), object, Buffer.from('\nendobj\n')]);
    places.push(at);
    at += whole.length;
    parts.push(whole);
  }
  const rows = places.map((place) => `${String(place).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  parts.push(
    Buffer.from(`xref\n0 ${size}\n0000000000 65535 f \n${rows}trailer\n<</Size ${size}/Root 1 0 R${trailer}>>\n`),
    Buffer.from(`startxref\n${at}\n%%EOF\n`),
  );
  return Buffer.concat(parts);
}

/** The receipt of the photo, as a scanner of a telephone makes a PDF. */
export async function photoPdf(options?: Options): Promise<Buffer> {
  return pdfOf([{ jpeg: await readFile(PHOTO) }], options);
}

/** The same receipt cut into two pages: its total is on the second. */
export async function twoPagePdf(more: Page = {}): Promise<Buffer> {
  const photo = await readFile(PHOTO);
  const { width = 0, height = 0 } = await sharp(photo).metadata();
  const cut = Math.round(height * 0.66);
  const top = await sharp(photo).extract({ left: 0, top: 0, width, height: cut }).jpeg().toBuffer();
  const bottom = await sharp(photo)
    .extract({ left: 0, top: cut, width, height: height - cut })
    .jpeg()
    .toBuffer();
  const points = { width: 405, height: 540 };
  return pdfOf([
    { jpeg: top, width: points.width, height: points.height * 0.66 },
    { jpeg: bottom, width: points.width, height: points.height * 0.34, ...more },
  ]);
}

/** Locked: the hash of no password stands in it. */
export const LOCKED = {
  trailer: '/Encrypt 3 0 R/ID[<00112233445566778899aabbccddeeff><00112233445566778899aabbccddeeff>]',
  extra: [`<</Filter/Standard/V 2/R 3/Length 128/P -4/O<${'ab'.repeat(32)}>/U<${'cd'.repeat(32)}>>>`],
} as const;

/** Runs for ever where scripts are run. */
export const SCRIPTED = {
  catalog: '/OpenAction 3 0 R/Names<</JavaScript<</Names[(a) 3 0 R]>>>>',
  extra: ['<</S/JavaScript/JS(while \\(true\\) app.alert\\(1\\);)>>'],
} as const;
