import { useEffect } from 'react';

/** How many modals are open: one may open another. */
let openModals = 0;

/** Takes the page behind an open modal out of reach: Base UI's own trap moves focus back a frame late. */
export function useInertPage(isOpen: boolean): void {
  useEffect(() => {
    if (!isOpen) return undefined;
    openModals += 1;
    setInert(true);
    return () => {
      openModals -= 1;
      if (openModals === 0) setInert(false);
    };
  }, [isOpen]);
}

function setInert(inert: boolean): void {
  document.querySelector('#root')?.toggleAttribute('inert', inert);
}
