/**
 * The look of the dashboard as one table: colours of both themes, tones of states, sizes. `npm run gen` writes
 * `styles/tokens.generated.css` from it, and a test computes the contrast of every pair that is used.
 */
import type { Tone } from './words/states.ts';

/** One colour of the light and one of the dark theme, as `#rrggbb`. */
export interface Colour {
  readonly light: string;
  readonly dark: string;
}

export const COLOURS = {
  canvas: { light: '#f8f8f6', dark: '#131312' },
  surface: { light: '#ffffff', dark: '#1a1a19' },
  sunken: { light: '#f1f1ee', dark: '#0f0f0e' },
  line: { light: '#e3e3df', dark: '#2d2d2b' },
  edge: { light: '#85857f', dark: '#7d7d77' },
  ink: { light: '#1b1b19', dark: '#ebebe8' },
  'ink-2': { light: '#5a5a55', dark: '#a9a9a3' },
  'ink-3': { light: '#6b6b65', dark: '#8f8f89' },
  accent: { light: '#3451c7', dark: '#93a8ff' },
  'accent-hover': { light: '#2a43ab', dark: '#aabaff' },
  'on-accent': { light: '#ffffff', dark: '#131312' },
  danger: { light: '#b42318', dark: '#ff9d92' },
  'danger-hover': { light: '#941c13', dark: '#ffb5ad' },
  'on-danger': { light: '#ffffff', dark: '#131312' },
} as const satisfies Record<string, Colour>;
export type ColourName = keyof typeof COLOURS;

/** What a state looks like: text on a wash for badges, a mark for dots and lines of charts. */
export interface ToneColours {
  readonly ink: Colour;
  readonly wash: Colour;
  readonly mark: Colour;
}

export const TONES: Readonly<Record<Tone, ToneColours>> = {
  scheduled: tone(['#475569', '#eef2f6', '#64748b'], ['#b4c0d0', '#232a33', '#8492a6']),
  queued: tone(['#1d4ed8', '#e8effd', '#3b76f0'], ['#93b4ff', '#1b2742', '#5b8cff']),
  started: tone(['#6d28d9', '#f1ebfe', '#8b5cf6'], ['#c4adff', '#2a2146', '#9b7bff']),
  deferred: tone(['#8a4b08', '#fdf3e1', '#b4690e'], ['#f2bd6b', '#35270f', '#d99a3a']),
  finished: tone(['#17693f', '#e6f5ec', '#2f9461'], ['#7fd3a2', '#152c20', '#3fae76']),
  failed: tone(['#b42318', '#fdecea', '#d6453a'], ['#ff9d92', '#3a1a17', '#ef6a5e']),
  canceled: tone(['#57534e', '#f0efed', '#807a73'], ['#bdb7b0', '#2a2826', '#8f8880']),
  review: tone(['#9d1f63', '#fceaf3', '#cc3f86'], ['#f7a3cb', '#3a1a2b', '#e0609f']),
};

/** Font size and line height in px. */
export const TYPE = {
  label: [12, 16],
  mono: [13, 20],
  body: [14, 20],
  section: [16, 24],
  page: [20, 28],
  figure: [24, 32],
} as const;

export const SPACES_PX = [4, 8, 12, 16, 24, 32, 48] as const;

export const SIZES = {
  'radius-control': '6px',
  'radius-card': '10px',
  'radius-badge': '999px',
  row: '36px',
  'row-compact': '28px',
  'row-touch': '44px',
  content: '1280px',
  motion: '120ms',
} as const;

/** Two colours that are seen on each other, and the contrast that they need at least (WCAG 2.2). */
export interface Pair {
  readonly what: string;
  readonly on: Colour;
  readonly of: Colour;
  readonly atLeast: 4.5 | 3;
}

const GROUNDS = ['canvas', 'surface', 'sunken'] as const;
const WRITTEN = ['ink', 'ink-2', 'ink-3', 'accent', 'danger'] as const;

/** Every pair that a component may use. */
export const PAIRS: readonly Pair[] = [
  ...GROUNDS.flatMap((ground) => WRITTEN.map((name) => pair(name, ground, 4.5))),
  ...(['accent', 'accent-hover'] as const).map((ground) => pair('on-accent', ground, 4.5)),
  ...(['danger', 'danger-hover'] as const).map((ground) => pair('on-danger', ground, 4.5)),
  ...GROUNDS.map((ground) => pair('edge', ground, 3)),
  ...Object.entries(TONES).flatMap(([name, { ink, wash, mark }]): Pair[] => [
    { what: `${name} on its wash`, of: ink, on: wash, atLeast: 4.5 },
    { what: `${name} on surface`, of: ink, on: COLOURS.surface, atLeast: 4.5 },
    { what: `mark of ${name} on surface`, of: mark, on: COLOURS.surface, atLeast: 3 },
    { what: `mark of ${name} on canvas`, of: mark, on: COLOURS.canvas, atLeast: 3 },
  ]),
];

function tone(light: readonly [string, string, string], dark: readonly [string, string, string]): ToneColours {
  return {
    ink: { light: light[0], dark: dark[0] },
    wash: { light: light[1], dark: dark[1] },
    mark: { light: light[2], dark: dark[2] },
  };
}

function pair(of: ColourName, on: ColourName, atLeast: 4.5 | 3): Pair {
  return { what: `${of} on ${on}`, of: COLOURS[of], on: COLOURS[on], atLeast };
}

/** The contrast of two colours as WCAG 2.2 computes it: 1 to 21. */
export function contrast(left: string, right: string): number {
  const [lighter, darker] = [luminance(left), luminance(right)].sort((one, other) => other - one) as [number, number];
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => linear(Number.parseInt(colour.slice(at, at + 2), 16) / 255)) as [
    number,
    number,
    number,
  ];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const linear = (part: number): number => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
