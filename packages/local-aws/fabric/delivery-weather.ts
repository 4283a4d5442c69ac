/** What may befall a delivery between a rule and its target. */
export interface DeliveryWeather {
  /** Whether this delivery to the target (ARN) is made twice. */
  duplicates(target: string): boolean;
  /** How much later it is made. */
  lateMilliseconds(target: string): number;
  /** Whether the target's permission is gone. */
  refuses(target: string): boolean;
}
