import sharp from 'sharp';

/** A letter as strokes: points "x,y" in a box of 4 by 6, strokes apart by a space. No font is needed to draw it. */
const SCRIPTS: Readonly<Record<string, readonly string[]>> = {
  Cyrillic: [
    '2,0-2,6 0,0-2,3-0,6 4,0-2,3-4,6', // Ж
    '0,6-0,0 4,6-4,0 0,6-4,0', // И
    '0,6-0,0-4,0-4,6', // П
    '0,6-1,0-4,0-4,6', // Л
    '0,0-0,6-4,6-4,0 2,0-2,6', // Ш
    '0,7-0,5-4,5-4,7 1,5-1,0-3,0-3,5', // Д
    '4,6-4,0-1,0-0,1-1,3-4,3 2,3-0,6', // Я
    '0,0-3,0-4,2-4,4-3,6-0,6 1,3-4,3', // Э
  ],
  Chinese: [
    '0,0-4,0-4,6-0,6-0,0 0,3-4,3', // 日
    '0,0-4,0-4,6-0,6-0,0 0,3-4,3 2,0-2,6', // 田
    '0,0-4,0 0,3-4,3 0,6-4,6 2,0-2,6', // 王
    '0,1-4,1-4,4-0,4-0,1 2,0-2,6', // 中
    '0,2-0,6-4,6-4,2 2,0-2,6', // 山
    '2,0-2,6 0,2-4,2 2,2-0,5 2,2-4,5', // 木
    '0,0-4,0-4,6-0,6-0,0 0,2-4,2 0,4-4,4', // 目
    '2,0-2,2-0,6 2,2-4,6 0,2-4,2', // 大
  ],
  Hebrew: [
    '0,0-4,6 1,2-0,6 3,4-4,0', // א
    '0,0-3,0-3,6 0,6-4,6', // ב
    '0,0-4,0 3,0-3,6', // ד
    '0,0-4,0-4,6 0,2-0,6', // ה
    '0,0-0,6-4,6 4,0-3,3-1,3 2,0-2,6', // ש
    '0,0-3,0-4,3-3,6-0,6', // כ
    '0,0-4,0-4,6-0,6-0,0', // ם
    '0,6-1,6-1,0-4,0-4,6', // ת
  ],
};

export const OTHER_SCRIPTS = Object.keys(SCRIPTS);

/** Eight lines of three words in a script the agent does not read. */
export function pageIn(script: string): Promise<Buffer> {
  const letters = SCRIPTS[script] ?? [];
  const places = Array.from({ length: 8 * 18 }, (_, i) => ({ line: Math.floor(i / 18), column: i % 18, i }));
  const drawn = places
    .filter(({ column }) => column % 6 !== 5)
    .map(({ line, column, i }) => {
      const strokes = letters[(i * 5 + line * 3) % letters.length] ?? '';
      const lines = strokes.split(' ').map((points) => `<polyline points="${points.replaceAll('-', ' ')}"/>`);
      return `<g transform="translate(${40 + column * 34} ${40 + line * 64}) scale(5.5)">${lines.join('')}</g>`;
    });
  return picture(`<g fill="none" stroke="#111" stroke-width="0.8">${drawn.join('')}</g>`, 680, 560, '#fff');
}

/** A photograph of a landscape: sky, sun, hills, a house with windows, a fence, and the grain of a camera. */
export async function landscape(): Promise<Buffer> {
  const fence = Array.from(
    { length: 24 },
    (_, i) => `<rect x="${i * 50}" y="740" width="18" height="130" fill="#6b5034"/>`,
  );
  const windows = [560, 680].map((x) => `<rect x="${x}" y="470" width="60" height="80" fill="#223"/>`);
  const scene = await picture(
    `<defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="#4a86c8"/><stop offset="1" stop-color="#e8d9c0"/></linearGradient></defs>
    <rect width="1200" height="600" fill="url(#sky)"/><circle cx="960" cy="150" r="70" fill="#ffe9a0"/>
    <path d="M0 560 Q300 380 620 560 T1200 520 V900 H0 Z" fill="#4d7a3a"/>
    <rect x="520" y="430" width="260" height="230" fill="#b5533c"/><path d="M500 430 L650 320 L800 430 Z" fill="#5a2d22"/>
    ${windows.join('')}${fence.join('')}<rect y="770" width="1200" height="14" fill="#6b5034"/>`,
    1200,
    900,
    '#4d7a3a',
  );
  return sharp(scene)
    .composite([{ input: grain(1200, 900), raw: { width: 1200, height: 900, channels: 3 }, blend: 'soft-light' }])
    .jpeg({ quality: 85 })
    .toBuffer();
}

/** The same grain every time: noise that differs from run to run may differ in what is read into it. */
function grain(width: number, height: number): Buffer {
  let state = 1;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return 104 + (state >>> 24) * 0.1875;
  };
  return Buffer.from(Uint8Array.from({ length: width * height * 3 }, next));
}

function picture(content: string, width: number, height: number, background: string): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <rect width="100%" height="100%" fill="${background}"/>${content}</svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}
