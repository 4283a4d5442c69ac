/**
 * Where this library answers differently from event-ruler 2.1.0, on purpose. Everything else is a fault.
 *
 * 1. The service refuses more than the matcher library: over-complex wildcards, numbers beyond ±5e9 in `numeric`, more than
 *    1,000 combinations of `$or`.
 * 2. Empty lists inside of `anything-but` with an operator: the library takes them and then fails or never matches.
 * 3. Text behind the pattern or the event: the library doesn't look.
 *
 * And not covered by the generated cases, faults of the library that only it can have: an `$or` of wildcards with characters beyond
 * ASCII beside other conditions on the same field; a number with more digits than a double holds beside an IP address in one
 * list; numbers of eight digits beside an IP address in one list that has these digits in hexadecimal; halves of surrogate pairs.
 */
export const intendedRefusals =
  /Rule is too complex|Value must be between -5\.0E9|more than 1000 combinations|Empty arrays are not allowed/;
