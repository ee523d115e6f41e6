import { COLOURS, type Colour, SIZES, SPACES_PX, TONES, TYPE } from '../../dashboard/tokens.ts';

/** The tokens as custom properties: the system's theme unless `data-theme` on the root chooses one. */
export function tokensCss(): string {
  return [
    '/* Made from dashboard/tokens.ts (npm run gen). */',
    block(':root', ['color-scheme: light', ...themeOf('light'), ...sizes()]),
    `@media (prefers-color-scheme: dark) {\n${block(":root:not([data-theme='light'])", ['color-scheme: dark', ...themeOf('dark')], '  ')}}\n`,
    block(":root[data-theme='dark']", ['color-scheme: dark', ...themeOf('dark')]),
  ].join('\n');
}

function themeOf(theme: keyof Colour): string[] {
  const plain = Object.entries(COLOURS).map(([name, colour]) => `--${name}: ${colour[theme]}`);
  const tones = Object.entries(TONES).flatMap(([name, { ink, wash, mark }]) => [
    `--${name}-ink: ${ink[theme]}`,
    `--${name}-wash: ${wash[theme]}`,
    `--${name}-mark: ${mark[theme]}`,
  ]);
  return [...plain, ...tones];
}

function sizes(): string[] {
  return [
    ...Object.entries(TYPE).map(([name, [size, line]]) => `--type-${name}: ${size}px/${line}px`),
    ...SPACES_PX.map((px) => `--space-${px}: ${px}px`),
    ...Object.entries(SIZES).map(([name, size]) => `--${name}: ${size}`),
  ];
}

function block(selector: string, lines: readonly string[], indent = ''): string {
  return `${indent}${selector} {\n${lines.map((line) => `${indent}  ${line};\n`).join('')}${indent}}\n`;
}
