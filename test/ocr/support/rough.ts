import sharp from 'sharp';

/** A photo of a whole receipt, small enough to be read fast. */
export const ROUGH_PHOTO = 'assets/receipts/lidl_30042020_08_01958.jpg';
const WIDTH = 640;

function svg(width: number, height: number, content: string): Buffer {
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${content}</svg>`);
}

async function slip(): Promise<{ png: Buffer; width: number; height: number }> {
  const { data, info } = await sharp(ROUGH_PHOTO).resize({ width: WIDTH }).png().toBuffer({ resolveWithObject: true });
  return { png: data, width: info.width, height: info.height };
}

/** A slip upside down on a table cloth of checks and stripes. */
export async function upsideDownOnPattern(): Promise<Buffer> {
  const { png, width, height } = await slip();
  const [w, h] = [width + 400, height + 400];
  const cloth = svg(
    w,
    h,
    `<defs><pattern id="p" width="36" height="36" patternUnits="userSpaceOnUse"><rect width="36" height="36" fill="#a33"/>
    <rect width="18" height="18" fill="#eee"/><path d="M0 27H36M27 0V36" stroke="#225" stroke-width="3"/></pattern></defs>
    <rect width="100%" height="100%" fill="url(#p)"/>`,
  );
  const turned = await sharp(png).rotate(180).png().toBuffer();
  return sharp(cloth)
    .composite([{ input: turned, left: 200, top: 200 }])
    .jpeg({ quality: 88 })
    .toBuffer();
}

/** A screen that was photographed: its grid and that of the camera make waves. */
export async function screenWithMoire(): Promise<Buffer> {
  const { png, width, height } = await slip();
  const grid = (period: number, colour: string, degrees: number): Buffer =>
    svg(
      width,
      height,
      `<defs><pattern id="g" width="${period}" height="${period}" patternUnits="userSpaceOnUse" patternTransform="rotate(${degrees})">
      <rect width="${period / 2}" height="${period}" fill="${colour}"/></pattern></defs>
      <rect width="100%" height="100%" fill="url(#g)" opacity="0.22"/>`,
    );
  return sharp(png)
    .composite([{ input: grid(3.1, '#06c', 2) }, { input: grid(3.4, '#c30', -3) }, { input: grid(41, '#000', 8) }])
    .jpeg({ quality: 80 })
    .toBuffer();
}

/** The lower part is torn off along a jagged edge, and the total with it. */
export async function torn(share: number): Promise<Buffer> {
  const { png, width, height } = await slip();
  const edge = Math.round(height * share);
  const points = Array.from({ length: 33 }, (_, i) => `${(width * i) / 32},${edge + (i % 2 === 0 ? 0 : 14)}`);
  const table = svg(
    width,
    height,
    `<polygon points="${points.join(' ')} ${width},${height} 0,${height}" fill="#5a4632"/>`,
  );
  return sharp(png)
    .composite([{ input: table }])
    .jpeg({ quality: 88 })
    .toBuffer();
}

/** A tip and a new sum written by hand across the foot of the slip, where nothing is printed. */
export async function withHandwriting(): Promise<Buffer> {
  const { png, width, height } = await slip();
  const strokes =
    'M40 60 q10 -30 22 0 t20 6 M78 20 v46 M110 66 q-4 -40 6 -44 q16 10 -4 40 M150 60 l30 -40 M190 24 q-30 40 8 40 q20 -14 -6 -20 M236 60 a3 3 0 1 0 1 0 M262 26 q26 2 6 20 q24 8 -8 22';
  const pen = svg(
    width,
    90,
    `<path d="${strokes}" fill="none" stroke="#123a8c" stroke-width="4" stroke-linecap="round"/>`,
  );
  const foot = await sharp({ create: { width, height: 90, channels: 3, background: '#f4f2ee' } })
    .composite([{ input: pen }])
    .png()
    .toBuffer();
  return sharp({ create: { width, height: height + 90, channels: 3, background: '#f4f2ee' } })
    .composite([
      { input: png, left: 0, top: 0 },
      { input: foot, left: 0, top: height },
    ])
    .jpeg({ quality: 88 })
    .toBuffer();
}

/**
 * A slip that is long because a part of it is printed again and again.
 * @param part the repeated rows, as fractions of the height
 * @param size of the picture that comes out: rows are repeated until it is full
 */
export async function longSlip(
  part: { readonly from: number; readonly to: number },
  size: { readonly width: number; readonly height: number },
): Promise<{ jpeg: Buffer; times: number }> {
  const photo = sharp(ROUGH_PHOTO).resize({ width: size.width });
  const { data, info } = await photo.png().toBuffer({ resolveWithObject: true });
  const [from, to] = [Math.round(part.from * info.height), Math.round(part.to * info.height)];
  const cut = (top: number, height: number) =>
    sharp(data).extract({ left: 0, top, width: info.width, height }).png().toBuffer();
  const times = Math.max(1, Math.floor((size.height - info.height) / (to - from)) + 1);
  const rows = await cut(from, to - from);
  const parts = [{ input: await cut(0, from), top: 0 }];
  for (let i = 0; i < times; i++) parts.push({ input: rows, top: from + i * (to - from) });
  parts.push({ input: await cut(to, info.height - to), top: from + times * (to - from) });
  const jpeg = await sharp({ create: { ...size, channels: 3, background: '#ddd' } })
    .composite(parts.map(({ input, top }) => ({ input, top, left: 0 })))
    .jpeg({ quality: 85 })
    .toBuffer();
  return { jpeg, times };
}
