/** Values that more than one section has. Their messages say what to write. */
import * as v from "valibot";
import { example } from "./metadata";
import { keepsRules } from "./names";

export const accountId = v.pipe(
  v.string("12 digits in quotes"),
  v.regex(/^\d{12}$/, "12 digits in quotes"),
  v.description("An AWS account id."),
  example('"210987654321"'),
);

export const region = v.pipe(
  v.string("the code of an AWS region"),
  keepsRules([
    [(code) => /^[a-z]{2}(-[a-z]+)+-\d$/.test(code), "the code of an AWS region"],
    // Every ARN would be of the wrong partition.
    [(code) => !/-iso[a-z]?-/.test(code), "a region of the partition aws, aws-us-gov or aws-cn"],
  ]),
  example("eu-west-1"),
);

export const severity = v.pipe(
  v.picklist(["low", "medium", "high", "critical"], "low, medium, high or critical"),
  example("high"),
);

export const flag = v.pipe(v.boolean("true or false"), example("true"));

export const days = (minimum: number, maximum: number, text: string) =>
  v.pipe(
    v.number(`a whole number of days from ${minimum} to ${maximum}`),
    v.integer(`a whole number of days from ${minimum} to ${maximum}`),
    v.minValue(minimum, `a whole number of days from ${minimum} to ${maximum}`),
    v.maxValue(maximum, `a whole number of days from ${minimum} to ${maximum}`),
    example(text),
  );

export const whole = (minimum: number, maximum: number, text: string) => {
  const words = `a whole number from ${minimum} to ${maximum}`;
  return v.pipe(
    v.number(words),
    v.integer(words),
    v.minValue(minimum, words),
    v.maxValue(maximum, words),
    example(text),
  );
};
