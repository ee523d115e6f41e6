import type { Format } from '../../../../src/cli/init/formats/format.ts';
import { jsonc } from '../../../../src/cli/init/formats/jsonc.ts';
import { toml } from '../../../../src/cli/init/formats/toml.ts';
import type { Host } from '../../../../src/cli/init/hosts.ts';

type Documents = Readonly<Record<string, string>>;

/** Settings as people and programs leave them, in the notation of a host and around the table that it reads. */
export function documentsOf({ format, path: [table] }: Host): Documents {
  return { ...STARTS, ...notation(format, table) };
}

const STARTS: Documents = { 'an empty file': '', 'a blank file': '\n\n' };

function notation(format: Format, table: string): Documents {
  if (format === jsonc) return jsonDocuments(table);
  return format === toml ? tomlDocuments(table) : yamlDocuments(table);
}

const COMMENTED_JSON = (table: string) => `// mine
{
  /* of the editor */
  "theme": "dark", // as it should be
  "${table}": {
    // the other one
    "other": { "command": "x", "args": ["a", 1, null], "type": "y" }, // stays
    "last": {
      "command": "z"
    } // the last
    /* and
       more */
  },
  "size": 12
}
`;

function jsonDocuments(table: string): Documents {
  const ours = `{\n    "${table}": {\n        "a": {"command": "x"},\n        "pantry-queue": {"command": "old", "env": {"A": "b"}},\n        "z": {"command": "y"}\n    }\n}\n`;
  return {
    'an empty object': '{}',
    'only comments': '// nothing yet\n/* at all */',
    'another setting': '{\n  "theme": "dark"\n}\n',
    'an empty table': `{ "${table}": {} }`,
    'a table of comments': `{\n  "${table}": {\n    // none yet\n  }\n}\n`,
    'a comment in an empty table': `{ "${table}": { /* none yet */ } }`,
    'comments and other servers': COMMENTED_JSON(table),
    'trailing commas': `{\n  "${table}": {\n    "a": {"command": "x"}, // t\n  },\n}`,
    'one line': `{"theme":"dark","${table}":{"a":{"command":"x"}},"size":1}`,
    tabs: `{\n\t"${table}": {\n\t\t"a": {}\n\t}\n}\n`,
    'CRLF line ends': COMMENTED_JSON(table).replaceAll('\n', '\r\n'),
    'a byte order mark': `\ufeff${COMMENTED_JSON(table)}`,
    'ours already': ours,
    'ours alone, and a comma': `{"${table}": {"pantry-queue": {"command": "old"},}}`,
    'ours last, with a comment': `{\n  "${table}": {\n    "a": {"command": "x"}, // a\n    "pantry-queue": {\n      "command": "old"\n    } // ours\n  }\n}`,
    'odd names': `{ "__proto__": {"x": 1}, "a\\u0062": "\\ud83d\\ude00", "${table}": {"": {"command": ""}} }`,
  };
}

const COMMENTED_TOML = (table: string) => `# mine
model = "o3"   # as it should be
list = [
  1, # one
]

[${table}.other]
command = "x" # stays
args = ["a", 'b']
since = 2024-05-01T10:00:00Z

[${table}.other.env]
A = "b"

# of the next
[profiles."my own"]
text = """
[not.a.table]
"""
`;

function tomlDocuments(table: string): Documents {
  const ours = `[${table}.a]\ncommand = "x"\n\n[${table}.pantry-queue]\ncommand = "old"\nargs = [\n  "x",\n]\n\n[${table}.pantry-queue.env]\nA = "b"\n\n# of z\n[${table}.z]\ncommand = "y"\n`;
  return {
    'only comments': '# nothing yet',
    'another setting': 'model = "o3"\n',
    'comments and other servers': COMMENTED_TOML(table),
    'no end of the last line': 'model = "o3" # c',
    'CRLF line ends': COMMENTED_TOML(table).replaceAll('\n', '\r\n'),
    'a byte order mark': `\ufeff${COMMENTED_TOML(table)}`,
    'ours already': ours,
    'ours with quotes': ours.replaceAll('pantry-queue', '"pantry-queue"'),
    'ours alone': `[ ${table} . 'pantry-queue' ] # ours\ncommand = "old"`,
    'ours in two places': `[${table}.pantry-queue]\ncommand = "old"\n[b]\nc = 1\n[${table}.pantry-queue.env]\nA = "b"\n`,
    'large numbers': 'a = 9007199254740993\nb = 1e400\nc = nan\n',
  };
}

const COMMENTED_YAML = (table: string) => `# mine
GOOSE_MODEL: "o3"   # as it should be
odd:   [ a,  b ]
${table}:   # what it may use
  # the first
  developer:
      enabled: true # stays
      args: [a,   'b']

  # another
  other:
    enabled: false
# of the next
prompt: |
  first line

  last line
`;

function yamlDocuments(table: string): Documents {
  const ours = `${table}:\n  a:\n    cmd: x\n  pantry-queue:\n    cmd: old\n    args:\n    - x\n  # of z\n  z: {cmd: y}\nlast: 1\n`;
  return {
    'only comments': '# nothing yet',
    'another setting': 'GOOSE_MODEL: o3\n',
    'an empty table': `${table}: {}\n`,
    'an empty table, and a comment': `${table}: {}  # none yet\nlast: 1`,
    'a table without a value': `${table}:\nlast: 1\n`,
    'a null table': `${table}: ~ # none\n`,
    'comments and other servers': COMMENTED_YAML(table),
    'no end of the last line': `a: 1\n${table}:\n    a: {cmd: x}`,
    'a flow table': `${table}: {a: {cmd: x}} # c\n`,
    'CRLF line ends': COMMENTED_YAML(table).replaceAll('\n', '\r\n'),
    'a byte order mark': `\ufeff${COMMENTED_YAML(table)}`,
    'ours already': ours,
    'ours as a flow': ours.replace(/pantry-queue:[^#]*/, 'pantry-queue: {cmd: old}  # ours\n  '),
    'ours alone': `a: &x 1\n${table}:\n  pantry-queue:\n    cmd: old\nb: *x`,
    'a marked beginning': `---\na: 1\n${table}:\n  a:\n    cmd: x\n`,
  };
}
