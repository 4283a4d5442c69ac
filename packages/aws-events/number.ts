/** Numbers as event patterns compare them. */

/**
 * The value of a JSON number's text, or undefined when it can't be compared: AWS's matcher compares IEEE 754 doubles, and no
 * numbers that a double can't hold (because of their digits or their range).
 */
export function comparableNumber(text: string): number | undefined {
  const value = Number(text);
  if (!Number.isFinite(value)) return undefined;
  // Up to 15 significant digits always survive a double, and a number without fraction and exponent is the usual case.
  if (text.length <= 15 && Math.abs(value) >= 1e-290) return value === 0 ? 0 : value;
  if (value === 0) return /^-?[0.]+(?:[eE].*)?$/.test(text) ? 0 : undefined;
  return decimal(text) === decimal(String(value)) ? value : undefined;
}

/** One spelling for all that mean the same decimal number: significant digits and a power of ten. */
function decimal(text: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  const power = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length);
  return `${sign}${significant}e${power}`;
}
