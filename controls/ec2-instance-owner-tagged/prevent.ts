/**
 * Asks the instances of a Pulumi program to name their owner. Their volumes and interfaces are left to the function: a program can't tag
 * all of them.
 */
import { anyKnown, isInputs, preventionOf, type Inputs, type Judge } from "../lib/prevention";
import { control } from "./control";
import { TAG_KEYS } from "./who";

const [OWNER] = TAG_KEYS;
const WHY = "An instance that nobody claims is patched by nobody and paid for by everybody.";

const judgeInstance: Judge = (inputs, report) => {
  // Only `tagsAll` has the provider's default tags.
  if (anyKnown(["tags", "tagsAll"], (property) => namesOwner(inputs[property]))) return;
  // The template is judged as a resource of its own.
  if (isInputs(inputs["launchTemplate"])) return;
  report(
    `The instance would have no tag \`${OWNER}\`. ${WHY} Add { ${OWNER}: "<person or team>" } to its \`tags\`, or to \`defaultTags\` of ` +
      "its provider.",
  );
};

/** The provider's default tags apply to the template, not to its instances. */
const judgeTemplate: Judge = (inputs, report) => {
  const value = inputs["tagSpecifications"];
  const specifications: Inputs[] = Array.isArray(value) ? (value as unknown[]).filter(isInputs) : [];
  if (anyKnown(specifications, (each) => each["resourceType"] === "instance" && namesOwner(each["tags"])))
    return;
  report(
    `Instances launched from the template would have no tag \`${OWNER}\`, unless the launching call adds it. ${WHY} Add { resourceType: ` +
      `"instance", tags: { ${OWNER}: "<person or team>" } } to its \`tagSpecifications\`, and the same for "volume" and "network-interface".`,
  );
};

export const prevention = preventionOf(control, {
  "aws:ec2/instance:Instance": judgeInstance,
  "aws:ec2/launchTemplate:LaunchTemplate": judgeTemplate,
});

/** Upper or lower case, and with a value, as in the function. */
function namesOwner(tags: unknown): boolean {
  return (
    isInputs(tags) && Object.keys(tags).some((key) => key.toLowerCase() === OWNER && !isBlank(tags, key))
  );
}

function isBlank(tags: Inputs, key: string): boolean {
  try {
    const value = tags[key];
    return typeof value === "string" && value.trim() === "";
  } catch {
    // A preview doesn't know the value yet.
    return false;
  }
}
