/** Pieces that pages and drawings share. */

/** Text for HTML and SVG, in elements and in quoted attributes. */
export const escape = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** The colours by role, each for light and dark. Contrast of text on its ground is at least 4.5 : 1. */
const PALETTE: Record<string, readonly [light: string, dark: string]> = {
  ground: ["#f6f7f9", "#0f1318"],
  card: ["#ffffff", "#181e26"],
  ink: ["#18212c", "#e7ecf2"],
  "ink-soft": ["#55616f", "#9ba8b7"],
  line: ["#dce1e7", "#2c3642"],
  good: ["#17784a", "#4cc38a"],
  "good-ground": ["#e3f4ea", "#12301f"],
  bad: ["#b3261e", "#ff8a80"],
  "bad-ground": ["#fce8e6", "#3d1714"],
  accent: ["#2f5fc4", "#86aef7"],
  "accent-ground": ["#e8eefb", "#1a2740"],
};

const declarations = (which: 0 | 1) =>
  Object.entries(PALETTE)
    .map(([name, values]) => `--${name}: ${values[which]};`)
    .join(" ");

/** Declares the palette as CSS variables on `selector`, by the reader's colour scheme. */
export const paletteCss = (selector: string): string =>
  `${selector} { ${declarations(0)} }\n@media (prefers-color-scheme: dark) { ${selector} { ${declarations(1)} } }`;

export const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif';
