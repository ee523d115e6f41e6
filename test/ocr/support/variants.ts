import sharp from 'sharp';

/** Ways a photograph of a receipt is worse than a scan. Each makes a picture of its own from the bytes of a good one. */
export const VARIANTS: Readonly<Record<string, (image: Buffer) => Promise<Buffer>>> = {
  'turned 90°': (image) => sharp(image).rotate(90).jpeg({ quality: 90 }).toBuffer(),
  'turned 180°': (image) => sharp(image).rotate(180).jpeg({ quality: 90 }).toBuffer(),
  'turned 270°': (image) => sharp(image).rotate(270).jpeg({ quality: 90 }).toBuffer(),
  'skewed 8°': (image) => sharp(image).rotate(8, { background: '#555' }).jpeg({ quality: 90 }).toBuffer(),
  'skewed -8°': (image) => sharp(image).rotate(-8, { background: '#555' }).jpeg({ quality: 90 }).toBuffer(),
  dark: (image) => sharp(image).linear(0.35, 0).jpeg({ quality: 90 }).toBuffer(),
  blurred: (image) => sharp(image).blur(1.5).jpeg({ quality: 90 }).toBuffer(),
  'JPEG noise': (image) => sharp(image).jpeg({ quality: 18 }).toBuffer(),
  shrunk: (image) => sharp(image).resize({ width: 1200, height: 1200, fit: 'inside' }).jpeg({ quality: 85 }).toBuffer(),
};
