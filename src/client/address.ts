/** What an address takes for a step up or none; no id of ours is so, and it must be answered like any other that is none. */
const DOTS = /^\.{1,2}$/;

/** Half a surrogate pair has no form in an address; it becomes what decoders make of it. */
function encoded(value: unknown): string {
  return encodeURIComponent(String(value).replace(/\p{Cs}/gu, '\ufffd'));
}

/**
 * The address of a call: `/jobs/{job_id}` with its fields in their places.
 * @param fields those that stand in the address are taken out of it
 */
export function addressOf(pattern: string, fields: Map<string, unknown>): string {
  return pattern.replace(/\{(\w+)\}/g, (_, field: string) => {
    const value = String(fields.get(field));
    fields.delete(field);
    return DOTS.test(value) ? encoded(`${value}\ufffd`) : encoded(value);
  });
}

/** A list names its field for each of its entries. */
export function queryOf(fields: ReadonlyMap<string, unknown>): string {
  const parts = [...fields].flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((entry) => `${name}=${encoded(entry)}`),
  );
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}
