import { ERRORS, type ErrorCode } from '../contract/errors.ts';
import { operations } from '../contract/operations.ts';

const OTHER_SERVICE =
  'Something else may answer at this address, or another version: check --url, and pantry-queue --version.';
const NEW_PREVIEW =
  'Give the command again without --confirm-token: it shows what is there now. With --yes it asks nothing.';

/** The next step at a command line, where the words of the error table are those of another door. */
const COMMAND_HINTS: Readonly<Partial<Record<ErrorCode, string>>> = {
  unauthenticated:
    'Name a key in PANTRY_QUEUE_KEY or PANTRY_QUEUE_KEY_FILE, or a file that holds it with --key-file. An operator makes one with pantry-queue keys create.',
  forbidden: 'Use your own --user-id, or a key whose scope allows this.',
  unknown_argument: 'See the command with --help.',
  receipt_not_found: 'List receipts with pantry-queue receipt list, or add one with pantry-queue receipt add FILE.',
  idempotency_conflict:
    'Leave --image-path out to use the stored image, or add the other image as a receipt of its own: pantry-queue receipt add FILE.',
  job_active: 'Wait for it with pantry-queue job watch, or end it first with pantry-queue job cancel.',
  not_retryable:
    'Only a failed or canceled job is retried; pantry-queue job enqueue with --force reads a finished one again.',
  dependency_circle: 'Leave the named job out of --after, or cancel the one that waits for this receipt.',
  batch_length_mismatch: 'Give --image-paths one path for each receipt id, or leave it out.',
  batch_not_found: 'Batch ids come from pantry-queue batch enqueue; pantry-queue batch list shows them.',
  bulk_not_found: 'A bulk id comes from the answer of a command that was confirmed, as of pantry-queue failed redrive.',
  confirm_invalid: NEW_PREVIEW,
  confirm_expired: NEW_PREVIEW,
  malformed_request: OTHER_SERVICE,
  not_found: OTHER_SERVICE,
  method_not_allowed: OTHER_SERVICE,
  unsupported_media_type: OTHER_SERVICE,
};

const METHODS = 'GET|POST|PUT|PATCH|DELETE';
/** `update_webhook (PATCH /webhooks/7, pantry-queue webhook update)`, or the route alone in place of the tool. */
const WITH_COMMAND = new RegExp(
  `(?:\\b[a-z]+_[a-z_]+\\b|(?:${METHODS}) /[^\\s(]*)(?: with [a-z_]+)? \\((?:(?:${METHODS}) /[^,()]*, )?(pantry-queue [^)]*)\\)`,
  'g',
);
const WITH_ROUTE = new RegExp(`\\b([a-z]+_[a-z_]+) \\((?:${METHODS}) /[^()]*\\)`, 'g');
const ROUTE = new RegExp(`\\b(${METHODS}) (/[^\\s,;:()?]*[^\\s,;:()?.])(?:\\?[^\\s,;()]*[^\\s,;().])?`, 'g');
const NAME = /\b[a-z]+(?:_[a-z]+)+\b/g;

const ROWS = Object.values(operations);
const commandOf = (cli: string) =>
  `pantry-queue ${cli
    .split(' ')
    .filter((part) => /^[a-z]/.test(part))
    .join(' ')}`;
const BY_NAME: ReadonlyMap<string, string> = new Map(ROWS.map(({ name, cli }) => [name, commandOf(cli)]));
/** A path with the fields in it, or what stands for them, taken out. */
const shapeOf = (path: string) => path.replace(/\{[^}]*\}|\b[a-z]+-\d[\w.-]*|\b\d+\b/g, '*');
const BY_ROUTE: ReadonlyMap<string, string> = new Map([
  ...ROWS.map(({ http: [method, path], cli }) => [`${method} ${shapeOf(path)}`, commandOf(cli)] as const),
  // Uploads have a command of their own.
  ['POST /receipts', 'pantry-queue receipt add FILE'],
]);

/**
 * A hint, in the words of the command line: commands in place of tools and routes.
 * @param code of an error or of a problem
 * @param hint of its own: its words are translated; the table's may have others here
 */
export function hintForCommands(code: string, hint: string): string {
  const isOfTable = isKnown(code) && hint === ERRORS[code].hint;
  return inCommands((isOfTable ? COMMAND_HINTS[code] : undefined) ?? hint);
}

/** A sentence of the queue with commands in place of tools and routes. */
export function inCommands(text: string): string {
  return text
    .replace(WITH_COMMAND, '$1')
    .replace(WITH_ROUTE, (all, name: string) => BY_NAME.get(name) ?? all)
    .replace(ROUTE, (all, method: string, path: string) => BY_ROUTE.get(`${method} ${shapeOf(path)}`) ?? all)
    .replace(NAME, (name) => BY_NAME.get(name) ?? name);
}

const isKnown = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code);
