import type { DecodedImage, HeifError, Libheif } from 'libheif-js/libheif-wasm/libheif-bundle.js';
import { heifMetaOf } from './heif-meta.ts';
import { collectModules } from './modules.ts';
import { rgbOfInterleaved, rgbOfPlanes } from './planes.ts';
import { DecodeError, type Raw, type Wanted } from './raw.ts';

const damaged = (cause?: unknown) => new DecodeError('unreadable', 'The HEIC is damaged or ends too early.', cause);

/**
 * Decodes a HEIC upright. Its brightness and colours are shrunk as they lie in the decoder's memory, so a picture of 48
 * megapixels takes 1.5 bytes a pixel and not 8. Each call has a decoder of its own: memory of WebAssembly never shrinks.
 * @throws DecodeError, and what `wanted.check` throws
 */
export async function decodeHeic(file: Uint8Array, wanted: Wanted): Promise<Raw> {
  try {
    return await decodeOnce(file, wanted);
  } finally {
    collectModules();
  }
}

async function decodeOnce(file: Uint8Array, wanted: Wanted): Promise<Raw> {
  // The decoder fills what is missing with grey, and half a receipt would be read as a whole one.
  if ((heifMetaOf(file)?.dataEnd ?? 0) > file.length) throw damaged();
  const { default: create } = await import('libheif-js/libheif-wasm/libheif-bundle.js');
  const heif = create({ print: () => undefined, printErr: () => undefined });
  const context = heif.heif_context_alloc();
  if (context === null) throw damaged();
  const read = heif.heif_context_read_from_memory(context, file);
  if (read.code.value !== 0) throw damaged(read.message);
  const handle = heif.heif_js_context_get_primary_image_handle(context);
  if (handle === undefined || isError(handle)) throw damaged(handle?.message);
  const width = heif.heif_image_handle_get_width(handle);
  const height = heif.heif_image_handle_get_height(handle);
  wanted.check(width, height);
  try {
    return await decodeHandle(heif, handle, wanted);
  } catch (error) {
    throw error instanceof DecodeError ? error : damaged(error);
  }
}

async function decodeHandle(heif: Libheif, handle: object, wanted: Wanted): Promise<Raw> {
  const { heif_colorspace: space, heif_chroma: chroma, heif_channel: channel } = heif;
  const asCoded = decoded(heif, handle, space.heif_colorspace_undefined, chroma.heif_chroma_undefined);
  // The head may say less than what is coded.
  wanted.check(asCoded.width, asCoded.height);
  const plane = (id: { readonly value: number }) => asCoded.channels.find((each) => each.id.value === id.value);
  const y = plane(channel.heif_channel_Y);
  const isPlain = asCoded.channels.every(({ bits_per_pixel: bits }) => bits === 8);
  if (y && isPlain) {
    return rgbOfPlanes({ y, cb: plane(channel.heif_channel_Cb), cr: plane(channel.heif_channel_Cr) }, wanted);
  }
  heif.heif_image_release(asCoded.image);
  // Ten bits, or coded as red, green and blue: rare, and the decoder makes eight bits of them.
  const converted = decoded(heif, handle, space.heif_colorspace_RGB, chroma.heif_chroma_interleaved_RGB);
  const whole = converted.channels.find(({ id }) => id.value === channel.heif_channel_interleaved.value);
  if (whole === undefined) throw damaged();
  return rgbOfInterleaved(whole, wanted);
}

function decoded(heif: Libheif, handle: object, space: { value: number }, chroma: { value: number }): DecodedImage {
  const image = heif.heif_js_decode_image2(handle, space, chroma);
  if (isError(image)) throw damaged(image.message);
  return image;
}

function isError(value: object): value is HeifError {
  return 'code' in value;
}
