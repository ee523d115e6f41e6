import type { RefObject } from 'react';

/** Where menus and other popups are put: inside the page's landmark, so that no content lies outside of all of them. */
export const mainElement: RefObject<HTMLElement | null> = {
  get current() {
    return document.querySelector('main');
  },
};
