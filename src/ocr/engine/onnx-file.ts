// The recognition model knows 18,708 characters, of which a receipt in a Latin script uses a few hundred. Cutting the last
// layer down to those before the session is made saves memory and time for every line read, and doubles as the filter
// that keeps look-alikes of other scripts out of the text. ONNX is a protobuf file; only the few fields named here are touched.

const MODEL = { graph: 7, metadata: 14 } as const;
const GRAPH = { initializer: 5, output: 12, valueInfo: 13 } as const;
const TENSOR = { dims: 1, rawData: 9 } as const;
const FLOAT = 1;

interface Field {
  readonly id: number;
  readonly wire: number;
  readonly value: number;
  readonly bytes: Uint8Array;
}

/** Of 64 bits, seven in each byte. */
const MAX_VARINT_BYTES = 10;

function readVarint(buffer: Uint8Array, start: number): { value: number; next: number } {
  let value = 0;
  let scale = 1;
  for (const [offset, byte] of buffer.subarray(start, start + MAX_VARINT_BYTES).entries()) {
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return { value, next: start + offset + 1 };
    scale *= 128;
  }
  throw new Error('The model file ends in the middle of a field.');
}

function* readFields(buffer: Uint8Array): Generator<Field> {
  const nothing = new Uint8Array(0);
  let at = 0;
  while (at < buffer.length) {
    const tag = readVarint(buffer, at);
    at = tag.next;
    const id = Math.floor(tag.value / 8);
    const wire = tag.value % 8;
    if (wire === 0) {
      const read = readVarint(buffer, at);
      at = read.next;
      yield { id, wire, value: read.value, bytes: nothing };
      continue;
    }
    let size = wire === 5 ? 4 : 8;
    if (wire === 2) {
      const read = readVarint(buffer, at);
      at = read.next;
      size = read.value;
    } else if (wire !== 5 && wire !== 1) throw new Error(`The model file has a field of unknown kind ${wire}.`);
    yield { id, wire, value: 0, bytes: buffer.subarray(at, at + size) };
    at += size;
  }
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

function writeField(field: Field): Uint8Array[] {
  const tag = varint(field.id * 8 + field.wire);
  if (field.wire === 0) return [tag, varint(field.value)];
  return field.wire === 2 ? [tag, varint(field.bytes.length), field.bytes] : [tag, field.bytes];
}

const bytesField = (id: number, bytes: Uint8Array): Field => ({ id, wire: 2, value: 0, bytes });
const join = (parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts);
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

function textOf(message: Uint8Array, id: number): string {
  for (const field of readFields(message)) if (field.id === id) return text(field.bytes);
  return '';
}

/** The characters a recognition model can write, in the order of its classes (blank and space are not among them). */
export function readAlphabet(model: Uint8Array): string[] {
  for (const field of readFields(model)) {
    if (field.id === MODEL.metadata && textOf(field.bytes, 1) === 'character') {
      return textOf(field.bytes, 2).replace(/\n$/, '').split('\n');
    }
  }
  throw new Error('The recognition model carries no alphabet (metadata "character").');
}

function keepColumns(tensor: Uint8Array, keep: readonly number[], classes: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const field of readFields(tensor)) {
    if (field.id === TENSOR.dims) {
      const dims = field.wire === 0 ? [field.value] : packedVarints(field.bytes);
      for (const size of dims) {
        parts.push(...writeField({ ...field, wire: 0, value: size === classes ? keep.length : size }));
      }
    } else if (field.id === TENSOR.rawData) {
      const source = new Float32Array(new Uint8Array(field.bytes).buffer);
      const rows = source.length / classes;
      const cut = new Float32Array(rows * keep.length);
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < keep.length; column++) {
          cut[row * keep.length + column] = source[row * classes + (keep[column] ?? 0)] ?? 0;
        }
      }
      parts.push(...writeField(bytesField(TENSOR.rawData, new Uint8Array(cut.buffer))));
    } else parts.push(...writeField(field));
  }
  return join(parts);
}

function packedVarints(bytes: Uint8Array): number[] {
  const values: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const read = readVarint(bytes, at);
    values.push(read.value);
    at = read.next;
  }
  return values;
}

function dimsOf(tensor: Uint8Array): number[] {
  const dims: number[] = [];
  for (const field of readFields(tensor)) {
    if (field.id === TENSOR.dims) dims.push(...(field.wire === 0 ? [field.value] : packedVarints(field.bytes)));
  }
  return dims;
}

/**
 * Cuts the classes of a recognition model down to those named by `keep`.
 *
 * @param model the bytes of the ONNX file
 * @param classes how many classes the file has (blank, characters, space)
 * @param keep class numbers to keep, in the order they shall have afterwards
 * @returns the bytes of a smaller model; throws when the file has no layer of that many classes
 */
export function cutClasses(model: Uint8Array, classes: number, keep: readonly number[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let cut = 0;
  for (const field of readFields(model)) {
    if (field.id !== MODEL.graph) {
      parts.push(...writeField(field));
      continue;
    }
    const graph: Uint8Array[] = [];
    for (const inner of readFields(field.bytes)) {
      if (inner.id === GRAPH.initializer && dimsOf(inner.bytes).includes(classes)) {
        graph.push(...writeField(bytesField(inner.id, keepColumns(inner.bytes, keep, classes))));
        cut++;
      } else if (inner.id === GRAPH.output) {
        graph.push(...writeField(bytesField(inner.id, floatOutput(textOf(inner.bytes, 1)))));
      } else if (inner.id !== GRAPH.valueInfo) graph.push(...writeField(inner));
    }
    parts.push(...writeField(bytesField(MODEL.graph, join(graph))));
  }
  if (cut === 0) throw new Error(`The recognition model has no layer of ${classes} classes.`);
  return join(parts);
}

/** An output of which only name and element type are declared: the shape follows from the layer just cut. */
function floatOutput(name: string): Uint8Array {
  const elementType = join(writeField({ id: 1, wire: 0, value: FLOAT, bytes: new Uint8Array(0) }));
  const type = join(writeField(bytesField(1, elementType)));
  return join([...writeField(bytesField(1, Buffer.from(name))), ...writeField(bytesField(2, type))]);
}
