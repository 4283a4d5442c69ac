/** The drills, while the local organization is as slow, stale and busy as AWS. `npm start -- --weather` drills the whole catalogue so. */
import assert from "node:assert/strict";
import { beginWeather, WEATHER_CONCURRENCY, WEATHER_DRILL_OPTIONS } from "../rehearsal/weather";
import { deployedOrganization } from "./support/local";

const ENFORCE = { mode: "enforce" };
/** One of each kind of protocol, state and staleness; the others share their paths. */
const CONTROLS = {
  "s3-bucket-policy-not-public": ENFORCE,
  "ec2-security-group-admin-ports-closed": ENFORCE,
  "ec2-instance-protected-running": ENFORCE,
  "ec2-instance-owner-tagged": ENFORCE,
  "lambda-event-source-enabled": ENFORCE,
  "iam-user-mfa-required": ENFORCE,
  "dynamodb-table-created-by-pipeline": {
    ...ENFORCE,
    parameters: { principals: ["arn:aws:iam::200000000001:role/deployment-pipeline"] },
  },
  "cloudtrail-trail-logging": ENFORCE,
};

describe("in weather", function () {
  this.timeout(300_000);
  const deployed = deployedOrganization({ "bailiwick:controls": CONTROLS });

  it("every drill holds, whatever is stale, throttled, late, doubled or between two states", async () => {
    const { organization, drill } = deployed();
    const seed = beginWeather(organization);

    const results = await drill(
      {
        accounts: ["payments"],
        regions: ["eu-central-1", "us-east-1"].filter((region) =>
          deployed().settings.regions.includes(region),
        ),
      },
      { ...WEATHER_DRILL_OPTIONS, concurrency: WEATHER_CONCURRENCY },
    );

    const failed = results.flatMap(({ control, cause }) =>
      cause === undefined ? [] : [`${control}: ${cause}`],
    );
    assert.deepEqual(failed, [], `with the seed ${seed}`);
    assert(results.length >= Object.keys(CONTROLS).length - 1, `${results.length} drills`);
    const { stale, throttled, delayed, duplicated, late } = organization.weather.statistics;
    for (const [kind, count] of Object.entries({ stale, throttled, delayed, duplicated, late }))
      assert(count > 0, `${kind}: nothing of it happened, with the seed ${seed}`);
  });
});
