import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const PACKAGE = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/;

/**
 * The licenses of the packages whose code stands in a bundle, as one text: each asks to be kept with its code.
 * @param inputs files of the bundle, relative to `root`
 * @throws Error when a package brings no license
 */
export function licensesOf(root, inputs) {
  const folders = new Set(inputs.map((file) => PACKAGE.exec(file)?.[0]).filter(Boolean));
  const texts = [...folders].sort().map((folder) => licenseOf(path.join(root, folder)));
  return `The files in this folder contain code of these packages.\n\n${texts.join('\n')}`;
}

function licenseOf(folder) {
  const { name, version, license, author } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)(\.|$)/i.test(entry));
  if (!file && !license) throw new Error(`${name} ${version} is bundled and brings no license.`);
  const text = file ? readFileSync(path.join(folder, file), 'utf8').trim() : `By ${author?.name ?? author ?? name}.`;
  return `${'-'.repeat(80)}\n${name} ${version} (${license ?? 'see below'})\n\n${text}\n`;
}
