import assert from "node:assert/strict";
import type { Trail } from "./selectors";
import { TrailHistory } from "./trails";

const trail = (name: string, account: string, homeRegion: string) => ({ name, account, homeRegion }) as Trail;

describe("The history of trails", () => {
  it("has the state at a moment, not the present one", async () => {
    let trails = [trail("org", "111111111111", "eu-west-1")];
    const reader = { trails: () => Promise.resolve(trails), accounts: () => Promise.resolve([]) };
    const history = new TrailHistory(Promise.resolve(reader), "111111111111", ["111111111111"]);

    await history.refreshTrails("111111111111", "eu-west-1", 100);
    trails = [];
    await history.refreshTrails("111111111111", "eu-west-1", 200);

    const names = (moment: number) => history.at(moment).trails.map(({ name }) => name);
    assert.deepEqual([names(99), names(100), names(199), names(200)], [[], ["org"], ["org"], []]);
  });

  it("reads again only the account and region that changed", async () => {
    const reader = {
      trails: (account: string, region: string) =>
        Promise.resolve([trail(`${account}/${region}`, account, region)]),
      accounts: () => Promise.resolve([]),
    };
    const history = new TrailHistory(Promise.resolve(reader), "1", []);

    await history.refreshTrails("1", "a", 1);
    await history.refreshTrails("2", "b", 2);
    await history.refreshTrails("1", "a", 3);

    assert.deepEqual(
      history
        .now()
        .trails.map(({ name }) => name)
        .sort(),
      ["1/a", "2/b"],
    );
  });

  it("includes accounts that join the organization", async () => {
    const reader = { trails: () => Promise.resolve([]), accounts: () => Promise.resolve(["1", "2"]) };
    const history = new TrailHistory(Promise.resolve(reader), "1", ["1"]);

    await history.refreshAccounts(10);

    assert.deepEqual([[...history.at(9).accounts], [...history.at(10).accounts]], [["1"], ["1", "2"]]);
  });
});
