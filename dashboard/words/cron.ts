/** A cron expression in words: `0 2 * * 1-5` → "at 02:00, from Monday to Friday". */

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June'],
  ...['July', 'August', 'September', 'October', 'November', 'December'],
];

const NICKNAMES: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** @returns undefined where it is no expression of five fields, or says more than can be put into a sentence */
export function cronInWords(expression: string): string | undefined {
  const text = expression.trim().toLowerCase();
  const fields = (Object.hasOwn(NICKNAMES, text) ? (NICKNAMES[text] ?? '') : text).split(/\s+/);
  if (fields.length !== 5) return undefined;
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields;
  const parts = [timeOf(minute, hour), daysOf(day, weekday), monthsOf(month)];
  if (parts.some((part) => part === undefined)) return undefined;
  return parts.filter((part) => part !== '').join(', ');
}

function timeOf(minute: string, hour: string): string | undefined {
  const minutes = valuesOf(minute, 59);
  const hours = valuesOf(hour, 23);
  if (hours !== undefined && minutes !== undefined && hours.length * minutes.length <= 6) {
    return `at ${listOf(hours.flatMap((each) => minutes.map((at) => `${two(each)}:${two(at)}`)))}`;
  }
  const every = everyOf(minute, 'minute', 59) ?? (minutes && `at minute ${listOf(minutes.map(String))}`);
  if (every === undefined) return undefined;
  if (hour === '*') return minutes === undefined ? every : `${every} of every hour`;
  const hourly = everyOf(hour, 'hour', 23);
  if (hourly !== undefined) return `${every} of ${hourly}`;
  const span = rangeOf(hour, (at) => `${two(at)}:00`, 23);
  if (span !== undefined) return `${every}, hours ${span}`;
  return hours === undefined ? undefined : `${every} of hour ${listOf(hours.map(String))}`;
}

function daysOf(day: string, weekday: string): string | undefined {
  const byDate = day === '*' ? '' : datesOf(day);
  const byName = weekday === '*' ? '' : weekdaysOf(weekday);
  if (byDate === undefined || byName === undefined) return undefined;
  if (byDate !== '' && byName !== '') return `${byDate} or ${byName}`;
  return byDate || byName || 'every day';
}

function datesOf(day: string): string | undefined {
  const span = rangeOf(day, ordinal, 31);
  if (span !== undefined) return `from the ${span.replace(' to ', ' to the ')} of the month`;
  const days = valuesOf(day, 31);
  if (days !== undefined) return `on the ${listOf(days.map(ordinal))} of the month`;
  return everyOf(day, 'day', 31);
}

function weekdaysOf(text: string): string | undefined {
  const numbered = named(text, DAYS);
  const span = rangeOf(numbered, (at) => DAYS[at % 7] ?? '', 7);
  if (span !== undefined) return `from ${span}`;
  const days = valuesOf(numbered, 7);
  return days && `on ${listOf(days.map((at) => DAYS[at % 7] ?? ''))}`;
}

function monthsOf(text: string): string | undefined {
  if (text === '*') return '';
  const numbered = named(text, ['', ...MONTHS]);
  const span = rangeOf(numbered, (at) => MONTHS[at - 1] ?? '', 12);
  if (span !== undefined) return `from ${span}`;
  const months = valuesOf(numbered, 12);
  return months?.every((at) => at >= 1) ? `in ${listOf(months.map((at) => MONTHS[at - 1] ?? ''))}` : undefined;
}

/** `mon` → `1`. */
function named(text: string, names: readonly string[]): string {
  return text.replace(/[a-z]{3}/g, (name) => {
    const at = names.findIndex((each) => each.toLowerCase().startsWith(name));
    return at < 0 ? name : String(at);
  });
}

/** Every one, or every so many: a star, with a step or without. */
function everyOf(text: string, unit: string, most: number): string | undefined {
  if (text === '*') return `every ${unit}`;
  const [, step] = /^\*\/(\d{1,2})$/.exec(text) ?? [];
  if (step === undefined || Number(step) < 1 || Number(step) > most) return undefined;
  return Number(step) === 1 ? `every ${unit}` : `every ${step} ${unit}s`;
}

/** `5` and `5,20`. */
function valuesOf(text: string, most: number): readonly number[] | undefined {
  if (!/^\d{1,2}(,\d{1,2}){0,11}$/.test(text)) return undefined;
  const values = text.split(',').map(Number);
  return values.every((value) => value <= most) ? values : undefined;
}

/** `1-5`. */
function rangeOf(text: string, says: (at: number) => string, most: number): string | undefined {
  const [, from, to] = /^(\d{1,2})-(\d{1,2})$/.exec(text) ?? [];
  if (from === undefined || to === undefined || Number(to) > most || Number(from) > Number(to)) return undefined;
  return `${says(Number(from))} to ${says(Number(to))}`;
}

const two = (value: number): string => String(value).padStart(2, '0');

function ordinal(day: number): string {
  const ending = ['th', 'st', 'nd', 'rd'][day % 10] ?? 'th';
  return `${day}${Math.floor(day / 10) === 1 ? 'th' : ending}`;
}

function listOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
