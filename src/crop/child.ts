import sharp from 'sharp';

/**
 * A process of its own for one crop: the picture came from outside, so what decodes it may be killed. Bytes come in on
 * stdin, a JPEG goes out on stdout; exit code 3 = the picture cannot be decoded.
 * Arguments: x y width height (fractions of the upright page), degrees clockwise that make it upright.
 */
const MAX_BYTES = 20 * 1024 * 1024;
const MAX_PIXELS = 50_000_000;
const QUALITY = 85;

sharp.cache(false);
sharp.concurrency(1);

async function readAll(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error('the picture is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

try {
  const [x = 0, y = 0, width = 1, height = 1, turned = 0] = process.argv.slice(2).map(Number);
  // EXIF first, as the agent does; what the agent then turned, is turned from there.
  const { data, info } = await sharp(await readAll(), { limitInputPixels: MAX_PIXELS, failOn: 'truncated', pages: 1 })
    .autoOrient()
    .flatten({ background: '#ffffff' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const raw = { width: info.width, height: info.height, channels: info.channels };
  const upright = await sharp(data, { raw }).rotate(turned).raw().toBuffer({ resolveWithObject: true });
  const page = upright.info;
  const left = Math.min(page.width - 1, Math.floor(x * page.width));
  const top = Math.min(page.height - 1, Math.floor(y * page.height));
  const crop = await sharp(upright.data, { raw: { width: page.width, height: page.height, channels: page.channels } })
    .extract({
      left,
      top,
      width: Math.max(1, Math.min(page.width - left, Math.ceil(width * page.width))),
      height: Math.max(1, Math.min(page.height - top, Math.ceil(height * page.height))),
    })
    .jpeg({ quality: QUALITY })
    .toBuffer();
  process.stdout.write(crop);
} catch {
  process.exitCode = 3;
}
