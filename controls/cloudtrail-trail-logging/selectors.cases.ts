/** Event selectors for the specs. */
import type { Selectors } from "./rule";

export const DATA = { Type: "AWS::S3::Object", Values: ["arn:aws:s3:::harbour/"] };
export const MANAGEMENT = { Field: "eventCategory", Equals: ["Management"] };
export const S3_DATA = {
  Name: "objects",
  FieldSelectors: [
    { Field: "eventCategory", Equals: ["Data"] },
    { Field: "resources.type", Equals: ["AWS::S3::Object"] },
  ],
};
export const basic = (...selectors: Selectors["basic"]): Selectors => ({ basic: selectors, advanced: [] });
export const advanced = (...selectors: Selectors["advanced"]): Selectors => ({
  basic: [],
  advanced: selectors,
});
