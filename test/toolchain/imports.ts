import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';

export interface Import {
  /** A file of the project as a path from its root, a package name, `#alias`, or `node` for anything built in. */
  readonly target: string;
  readonly typeOnly: boolean;
}

export interface SourceFile {
  /** From the project's root, with `/`. */
  readonly file: string;
  readonly imports: readonly Import[];
}

const statement =
  /^[ \t]*(?:import|export)\s+(type\s+)?(?:[\w*\s{},$]*?\sfrom\s+|\{[^}]*\}\s*from\s+)?['"]([^'"]+)['"]/gm;
const inExpression = /\bimport(?:\.meta\.resolve)?\(\s*(?:\/\*[^*]*\*\/\s*)?(?:['"]([^'"]+)['"]|([^)\s][^)]*))/g;
const comments = /\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm;

/** Every TypeScript file under the given folders of the project, with what it imports. */
export function readSources(root: string, folders: readonly string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name))
      .map((name) => path.posix.join(folder, name.split(path.sep).join('/')))
      .map((file) => ({ file, imports: importsOf(file, readFileSync(path.join(root, file), 'utf8')) })),
  );
}

/**
 * What a source text imports: statements, `export … from`, `import()` as expression or type, `import.meta.resolve`.
 * A computed `import()` shows as target `?`.
 */
export function importsOf(file: string, source: string): Import[] {
  const code = source.replace(comments, '');
  const statements = [...code.matchAll(statement)].map(([, type, specifier = '']) => ({ specifier, typeOnly: !!type }));
  const expressions = [...code.matchAll(inExpression)].map(([, specifier = '?']) => ({ specifier, typeOnly: false }));
  return [...statements, ...expressions].map(({ specifier, typeOnly }) => ({
    target: targetOf(file, specifier),
    typeOnly,
  }));
}

function targetOf(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return path.posix.join(path.posix.dirname(file), specifier);
  if (isBuiltin(specifier)) return 'node';
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}
