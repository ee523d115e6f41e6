import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isOfAnotherPlatform } from '../artifacts/foreign-binaries.mjs';

/** The sources in Rust that a package brings besides its binaries. */
const SOURCES = { 'node_modules/@temporalio/core-bridge': /^(sdk-core|src|ts|bridge-macros|scripts|Cargo)/ };

/** Whether a file of a package is of no use to a program on this platform. */
export function isForeign(file, place) {
  const inside = file.split(path.sep).join('/');
  return isOfAnotherPlatform(place.replace(/^node_modules\//, ''), inside) || (SOURCES[place]?.test(inside) ?? false);
}

/** Where the packages lie that `names` need at run time, themselves included, as paths from the root. */
export function closureOf(root, names) {
  const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
  const places = new Set();
  const waiting = names.map((name) => `node_modules/${name}`);
  while (waiting.length > 0) {
    const place = waiting.pop();
    if (places.has(place)) continue;
    places.add(place);
    const { dependencies, optionalDependencies, peerDependencies } = packages[place];
    for (const name of Object.keys({ ...peerDependencies, ...optionalDependencies, ...dependencies })) {
      const found = nearest(packages, place, name);
      // What is optional is there on its platform only.
      if (found && existsSync(path.join(root, found))) waiting.push(found);
      else if (dependencies?.[name] && !optionalDependencies?.[name])
        throw new Error(`${name}, which ${place} needs, is not installed: npm ci`);
    }
  }
  // A package that lies inside of another is copied with it.
  return [...places].filter((place) => ![...places].some((other) => place.startsWith(`${other}/`))).sort();
}

/** As Node looks a package up: beside the one that asks, then outwards. */
function nearest(packages, place, name) {
  const folders = place.split('/node_modules/');
  for (let depth = folders.length; depth >= 0; depth -= 1) {
    const found = [...folders.slice(0, depth), name].join('/node_modules/');
    const entry = depth === 0 ? `node_modules/${name}` : found;
    if (packages[entry]) return entry;
  }
  return undefined;
}
