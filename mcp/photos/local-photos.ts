import { type AllowedOptions, createAllowedFolders, folderHint } from './allowed-folders.ts';
import { type FoundPhotos, findPhotos } from './find-photos.ts';
import { type OpenPhoto, openPhoto } from './open-photo.ts';

/** The photos that a tool may read on the machine it is called on; a door that reads no files of its caller has none. */
export interface LocalPhotos {
  /** Where photos may lie, as a hint to a caller. */
  readonly hint: string;
  find(paths: readonly string[]): Promise<FoundPhotos>;
  /** @param place of `find` */
  open(place: string): Promise<OpenPhoto>;
}

/** Photos inside the allowed folders of this machine. */
export function createLocalPhotos(options: AllowedOptions): LocalPhotos {
  const folders = createAllowedFolders(options);
  return {
    hint: folderHint(folders.names),
    find: (paths) => findPhotos(paths, folders),
    open: (place) => openPhoto(place, folders),
  };
}
