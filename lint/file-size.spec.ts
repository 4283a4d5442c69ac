import { RuleTester } from "eslint";
import rule from "./file-size.cjs";

const HEADER = "/** Cases. Long because each is one line of a table. */\n";
const code = (lines: number) => "f();\n".repeat(lines);
const long = (lines: number, limit: number) =>
  `This file has ${lines} lines, more than ${limit}: split it, or say why in its header (\`Long because …\`).`;

new RuleTester().run("a file's size", rule, {
  valid: [
    { name: "400 lines are enough", filename: "functions/a.ts", code: code(400) },
    {
      name: "more are fine with a reason in the header",
      filename: "functions/a.ts",
      code: HEADER + code(500),
    },
    { name: "a control has 80", filename: "controls/a/control.ts", code: code(80) },
    { name: "the contract of a control is no control", filename: "controls/lib/control.ts", code: code(300) },
    { name: "a component has 250", filename: "components/A.ts", code: code(250) },
    { name: "its spec has 400", filename: "components/A.spec.ts", code: code(400) },
    { name: "so have its helpers", filename: "components/lib/a.ts", code: code(400) },
  ],
  invalid: [
    {
      name: "401 lines without a reason are too many",
      filename: "functions/a.ts",
      code: code(401),
      errors: [{ message: long(401, 400) }],
    },
    {
      name: "a reason at the end is no header",
      filename: "functions/a.ts",
      code: `${code(500)}${HEADER}`,
      errors: [{ message: long(501, 400) }],
    },
    {
      name: "81 lines are too many for a control",
      filename: "controls/a/control.ts",
      code: code(81),
      errors: [{ message: long(81, 80) }],
    },
    {
      name: "251 lines are too many for a component",
      filename: "components/A.ts",
      code: code(251),
      errors: [{ message: long(251, 250) }],
    },
  ],
});
