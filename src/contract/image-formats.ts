/** One format of pictures that receipts may have. */
interface ImageFormat {
  /** As people write it. */
  readonly name: string;
  readonly mediaType: string;
  /** How names of such files end, without the dot. */
  readonly endings: readonly string[];
  /** Browsers and models show it as it is; any other is shown as a JPEG made of it. */
  readonly shown: boolean;
}

/** What is taken, by the ending that the store gives it. The one table of all doors, texts and media types. Workflow-safe. */
export const IMAGE_FORMATS = {
  jpg: { name: 'JPEG', mediaType: 'image/jpeg', endings: ['jpg', 'jpeg'], shown: true },
  png: { name: 'PNG', mediaType: 'image/png', endings: ['png'], shown: true },
  webp: { name: 'WebP', mediaType: 'image/webp', endings: ['webp'], shown: true },
  heic: { name: 'HEIC', mediaType: 'image/heic', endings: ['heic', 'heif'], shown: false },
  avif: { name: 'AVIF', mediaType: 'image/avif', endings: ['avif'], shown: true },
  pdf: { name: 'PDF', mediaType: 'application/pdf', endings: ['pdf'], shown: false },
} as const satisfies Readonly<Record<string, ImageFormat>>;

export type ImageExtension = keyof typeof IMAGE_FORMATS;

const names = Object.values(IMAGE_FORMATS).map(({ name }) => name);
const listed = (word: 'and' | 'or') => `${names.slice(0, -1).join(', ')} ${word} ${names.at(-1)}`;

/** `JPEG, PNG, … and PDF` */
export const FORMATS_AND: string = listed('and');
/** `JPEG, PNG, … or PDF` */
export const FORMATS_OR: string = listed('or');

/** The format that the name of a file ends with, by the table alone. */
export function formatOfName(name: string): ImageFormat | undefined {
  const ending = /\.([a-z]{1,5})$/i.exec(name)?.[1]?.toLowerCase();
  return Object.values<ImageFormat>(IMAGE_FORMATS).find(({ endings }) => endings.some((each) => each === ending));
}
