import assert from "node:assert/strict";
import { whyUnrecorded } from "./path-facts";

const organization = {
  trail: { Name: "bailiwick", IsMultiRegionTrail: true, IsOrganizationTrail: true, HomeRegion: "eu-west-1" },
  logs: true,
};
const why = (...trails: Parameters<typeof whyUnrecorded>[2]) =>
  whyUnrecorded("account web (2) in us-east-1", "us-east-1", trails);

describe("why CloudTrail records nothing of a region", () => {
  it("has no answer when a trail that logs covers it", () => {
    assert.equal(why(organization), undefined);
    assert.equal(why({ trail: { Name: "own", HomeRegion: "us-east-1" }, logs: true }), undefined);
  });

  it("names the trail that is stopped", () => {
    assert.equal(
      why({ ...organization, logs: false }),
      "No trail that logs covers account web (2) in us-east-1, so CloudTrail sends EventBridge nothing: the trail bailiwick is " +
        "stopped. Start its logging again.",
    );
  });

  it("names the trail that logs elsewhere", () => {
    const elsewhere = { ...organization.trail, IsMultiRegionTrail: false };

    assert.match(
      why({ trail: elsewhere, logs: true })!,
      /the trail bailiwick logs eu-west-1 only\. Make it multi-region\./,
    );
  });

  it("says that there is no trail", () => {
    assert.match(why()!, /there is no such trail\. Deploy the organization trail\./);
  });
});
