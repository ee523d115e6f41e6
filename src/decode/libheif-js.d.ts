// What is used of libheif's bindings. Its own declarations stand beside another build of it and name no arguments.
declare module 'libheif-js/libheif-wasm/libheif-bundle.js' {
  interface EnumValue {
    readonly value: number;
  }
  export interface Channel {
    readonly id: EnumValue;
    /** Bytes from one row to the next. */
    readonly stride: number;
    readonly width: number;
    readonly height: number;
    readonly bits_per_pixel: number;
    /** Lies in the module's own memory, until the image is released. */
    readonly data: Uint8Array;
  }
  export interface DecodedImage {
    readonly image: unknown;
    readonly width: number;
    readonly height: number;
    readonly colorspace: EnumValue;
    readonly channels: readonly Channel[];
  }
  export interface HeifError {
    readonly code: EnumValue;
    readonly message: string;
  }
  export interface Libheif {
    readonly heif_colorspace: Readonly<
      Record<`heif_colorspace_${'undefined' | 'YCbCr' | 'RGB' | 'monochrome'}`, EnumValue>
    >;
    readonly heif_chroma: Readonly<Record<`heif_chroma_${'undefined' | 'interleaved_RGB'}`, EnumValue>>;
    readonly heif_channel: Readonly<Record<`heif_channel_${'Y' | 'Cb' | 'Cr' | 'interleaved'}`, EnumValue>>;
    heif_context_alloc(): object | null;
    heif_context_read_from_memory(context: object, bytes: Uint8Array): HeifError;
    heif_context_free(context: object): void;
    heif_js_context_get_primary_image_handle(context: object): object | HeifError | undefined;
    heif_image_handle_get_width(handle: object): number;
    heif_image_handle_get_height(handle: object): number;
    heif_image_handle_release(handle: object): void;
    heif_js_decode_image2(handle: object, colorspace: EnumValue, chroma: EnumValue): DecodedImage | HeifError;
    heif_image_release(image: unknown): void;
  }
  // biome-ignore lint/style/noDefaultExport: the package has no other.
  export default function create(options?: { print(text: string): void; printErr(text: string): void }): Libheif;
}
