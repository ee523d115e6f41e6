import sharp from 'sharp';
import { expect, it } from 'vitest';
import { describeInBrowser } from './support/browser.ts';
import { useDashboard } from './support/dashboard.ts';
import { readReceipt, upload } from './support/reading.ts';

const http = useDashboard();
const PAGE = { width: 600, height: 900 };
/** Where the total is printed on the upright page: a red box on white, far from the middle and from being square. */
const PRINTED = { x: 0.55, y: 0.1, width: 0.4, height: 0.06 };

/** The page as it is stored: turned clockwise by so much, it stands upright. */
async function storedPhoto(turnedDegrees: number): Promise<Buffer> {
  const box = { width: PRINTED.width * PAGE.width, height: PRINTED.height * PAGE.height };
  const print = await sharp({ create: { ...box, channels: 3, background: '#ff0000' } })
    .png()
    .toBuffer();
  const upright = await sharp({ create: { ...PAGE, channels: 3, background: '#ffffff' } })
    .composite([{ input: print, left: PRINTED.x * PAGE.width, top: PRINTED.y * PAGE.height }])
    .png()
    .toBuffer();
  return sharp(upright)
    .rotate((360 - turnedDegrees) % 360)
    .png()
    .toBuffer();
}

type Colour = readonly [red: number, green: number, blue: number];
const isRed = ([red, green, blue]: Colour) => red > 200 && green < 60 && blue < 60;
const isWhite = (colour: Colour) => colour.every((part) => part > 240);

describeInBrowser('[H7] the image of a receipt that was photographed turned', (browser) => {
  it.each([0, 90, 180, 270])(
    '[H7] stands upright, and the frame lies on the print, where it is turned by %i°',
    async (turned) => {
      const { current } = http;
      const receipt = await upload(current, await storedPhoto(turned));
      const evidence = {
        page: { ...PAGE, turned_degrees: turned },
        fields: { total_amount: { region: PRINTED, confidence: 0.9 } },
        items: [],
      };
      await readReceipt(current, receipt, { evidence });
      const { page } = await browser.open(`${current.url}/ui/jobs/ocr-${receipt}`);
      const frame = page.locator('rect[data-field="total_amount"]');
      await frame.waitFor();
      await page.getByRole('img', { name: `Receipt ${receipt}` }).evaluate((image: HTMLImageElement) => image.decode());
      const box = await frame.boundingBox();
      if (!box) throw new Error('the frame has no place');
      // Upright: as much wider than high as on the page.
      expect(box.width / box.height).toBeCloseTo((PRINTED.width * PAGE.width) / (PRINTED.height * PAGE.height), 0);
      const seen = await sharp(await page.screenshot())
        .raw()
        .toBuffer({ resolveWithObject: true });
      const at = (x: number, y: number): Colour => {
        const from = (Math.round(y) * seen.info.width + Math.round(x)) * seen.info.channels;
        return [seen.data[from] ?? 0, seen.data[from + 1] ?? 0, seen.data[from + 2] ?? 0];
      };
      const [left, right, top, bottom] = [box.x, box.x + box.width, box.y, box.y + box.height];
      const [middleX, middleY] = [(left + right) / 2, (top + bottom) / 2];
      const inset = 4;
      const inside = [
        at(left + inset, top + inset),
        at(right - inset, top + inset),
        at(left + inset, bottom - inset),
        at(right - inset, bottom - inset),
        at(middleX, middleY),
      ];
      const outside = [
        at(left - inset, middleY),
        at(right + inset, middleY),
        at(middleX, top - inset),
        at(middleX, bottom + inset),
      ];
      expect(inside.map(isRed)).toEqual([true, true, true, true, true]);
      expect(outside.map(isWhite)).toEqual([true, true, true, true]);
    },
  );
});
