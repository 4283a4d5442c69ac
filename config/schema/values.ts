/** Values that several sections share. Their messages say what to write. */
import * as v from "valibot";
import { SEVERITIES } from "../../contract/choices";
import { example } from "./metadata";
import { followsRules } from "./names";

export const accountId = v.pipe(
  v.string("12 digits in quotes"),
  v.regex(/^\d{12}$/, "12 digits in quotes"),
  v.description("An AWS account id."),
  example('"210987654321"'),
);

export const region = v.pipe(
  v.string("the code of an AWS region"),
  followsRules([
    [(code) => /^[a-z]{2}(-[a-z]+)+-\d$/.test(code), "the code of an AWS region"],
    // Every ARN would name the wrong partition.
    [(code) => !/-iso[a-z]?-/.test(code), "a region of the partition aws, aws-us-gov or aws-cn"],
  ]),
  example("eu-west-1"),
);

export const severity = v.pipe(v.picklist(SEVERITIES, "low, medium, high or critical"), example("high"));

export const flag = v.pipe(v.boolean("true or false"), example("true"));

export const wholeNumber = (minimum: number, maximum: number, exampleText: string, unit?: string) => {
  const expected = `a whole number${unit === undefined ? "" : ` of ${unit}`} from ${minimum} to ${maximum}`;
  return v.pipe(
    v.number(expected),
    v.integer(expected),
    v.minValue(minimum, expected),
    v.maxValue(maximum, expected),
    example(exampleText),
  );
};

export const days = (minimum: number, maximum: number, exampleText: string) =>
  wholeNumber(minimum, maximum, exampleText, "days");
