import type { Sabotage } from './row.ts';
import { VISION_SABOTAGES } from './vision.ts';

/** Guards of formats that telephones and mail programs send, and of a second reader. */
export const FORMAT_SABOTAGES: readonly Sabotage[] = [
  ...VISION_SABOTAGES,
  {
    guard: 'the end of the data that the head of a HEIC or AVIF names, at the door',
    promise: 'S5: a picture that was cut on its way is not stored',
    file: 'src/queue/image/heif.ts',
    find: "meta.dataEnd > bytesSeen ? 'ends_early' : undefined",
    replace: 'undefined',
    tests: ['test/queue/image-formats.test.ts'],
  },
  {
    guard: 'the sizes that the head of a HEIC or AVIF names',
    promise: 'S5: no picture larger than the limits is stored',
    file: 'src/queue/image/heif.ts',
    find: '  checkSize(size.width, size.height);\n  for (const each of sizes) checkMost(each.width, each.height);\n',
    replace: '',
    tests: ['test/queue/image-formats.test.ts'],
  },
  {
    guard: 'the end of a PDF',
    promise: 'S5: a document that was cut on its way is not stored',
    file: 'src/queue/image/pdf.ts',
    find: "return place === undefined || Number(place) >= bytesSeen ? 'ends_early' : undefined;",
    replace: 'return place === null ? undefined : undefined;',
    tests: ['test/queue/image-formats.test.ts'],
  },
  {
    guard: 'the end of the data of a HEIC, in the reader',
    promise: 'I17: half a picture is not read as a whole receipt',
    file: 'src/decode/heic.ts',
    find: '  if ((heifMetaOf(file)?.dataEnd ?? 0) > file.length) throw damaged();\n',
    replace: '',
    tests: ['test/ocr/document.test.ts'],
  },
  {
    guard: 'the number of pages of a PDF',
    promise: 'S5: a document of 10,000 pages is refused before any is drawn',
    file: 'src/decode/pdf.ts',
    find: 'if (pageCount > PDF_LIMITS.maxPages) {',
    replace: 'if (pageCount < 0) {',
    tests: ['test/ocr/document.test.ts'],
  },
  {
    guard: 'the doubt about pages that are not read',
    promise: 'I17: what stands on a page that was not read is not passed over in silence',
    file: 'src/ocr/document.ts',
    find: 'if (places.length === pageCount) return extraction;',
    replace: 'if (places.length > 0) return extraction;',
    tests: ['test/ocr/document.test.ts'],
  },
  {
    guard: 'evidence of a turned page, told as the document has it',
    promise: 'O7: evidence lies where the picture shows it',
    file: 'src/ocr/document.ts',
    find: 'turnedBack(partOfPage(region, from), pages[nth]?.turnedDegrees ?? 0)',
    replace: 'turnedBack(partOfPage(region, from), 0)',
    tests: ['test/ocr/document.test.ts'],
  },
  {
    guard: 'the rows that a JPEG without an end mark lost',
    promise: 'I17: a photo that was cut on its way is not read as a whole receipt',
    file: 'src/ocr/image/end-mark.ts',
    find: 'return grey <= Math.ceil(info.height * MAX_MISSING) ? ended : undefined;',
    replace: 'return grey <= info.height ? ended : undefined;',
    tests: ['test/ocr/service/bad-input.test.ts'],
  },
  {
    guard: 'the JPEG that is made of what browsers do not show',
    promise: 'O7: the image of a receipt can be looked at, whatever its format',
    file: 'src/http/image-route.ts',
    find: "region !== undefined || (format?.shown === false && form === 'shown')",
    replace: 'region !== undefined',
    tests: ['test/http/image-formats.test.ts'],
  },
];
