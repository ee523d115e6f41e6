import sharp from 'sharp';
import { LIMITS } from '../contract/policies.ts';
import { cutRegion } from './cut.ts';
import { shrunkTo } from './shrink.ts';

/**
 * A process of its own for one crop: the picture came from outside, so what decodes it may be killed. Bytes come in on
 * stdin, a JPEG goes out on stdout; exit code 3 = the picture cannot be decoded.
 * Arguments: x y width height (fractions of the upright page), degrees clockwise that make it upright, the most bytes.
 */

sharp.cache(false);
// Stdout is the picture; decoders that print something must not become a part of it.
console.log = () => undefined;
sharp.concurrency(1);

async function readAll(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > LIMITS.uploadBytes) throw new Error('the picture is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

try {
  const [x = 0, y = 0, width = 1, height = 1, turned = 0, maxBytes = Infinity] = process.argv.slice(2).map(Number);
  const cut = await cutRegion(await readAll(), { x, y, width, height }, turned);
  process.stdout.write(await shrunkTo(cut, maxBytes));
} catch {
  process.exitCode = 3;
}
