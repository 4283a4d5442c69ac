import assert from "node:assert/strict";
import { controls } from "../controls";
import { watchId } from "../controls/lib/watch";
import { controlName, deadLetterQueueName, functionRoleName, taggingRuleName } from "./names";

/** A watch's id is shortened to the longest that its names allow. */
const longestWatch = watchId({ event: `iam:${"Create".repeat(20)}`, channel: "platform" });

describe("the names of a control's resources", () => {
  for (const id of [...controls.map((control) => control.id), longestWatch])
    it(`fit what AWS takes: ${id}`, () => {
      assert.match(functionRoleName(id), /^[\w+=,.@-]{1,64}$/);
      assert.match(controlName(id), /^[\w-]{1,64}$/);
      assert.match(taggingRuleName(id), /^[\w.-]{1,64}$/);
      assert.match(deadLetterQueueName(controlName(id)), /^[\w-]{1,80}$/);
    });
});
