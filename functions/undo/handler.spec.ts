import assert from "node:assert/strict";
import { setUndoSettings, unsetSettings } from "../../contract/testing";
import { arnOf, createSimulation, event, CONTROL } from "../../tests/faults/simulation";
import { createUndoHandler } from "./handler";

const ARN = arnOf("b1");

describe("the function of undos", () => {
  after(unsetSettings);

  const fixed = async () => {
    const simulation = createSimulation();
    simulation.lamps.set(ARN, "on");
    await simulation.deliver([JSON.stringify(event("b1"))]);
    const request = { outcome: simulation.entries()[0]?.id, by: "me", reason: "It must burn." };
    return { simulation, request };
  };

  it("reads with a session that can only read, and then undoes with one that may undo", async () => {
    const { simulation, request } = await fixed();
    const before = simulation.policies.length;

    await simulation.undo(request);

    const actions = simulation.policies
      .slice(before)
      .map((policy) => (JSON.parse(policy) as { Statement: { Action: string }[] }).Statement)
      .map((statements) => statements.map(({ Action }) => Action));
    assert.deepEqual(actions, [["lamp:Look"], ["lamp:Look", "lamp:Relight"]]);
  });

  it("refuses in an account in which the control does not remediate any more", async () => {
    const { simulation, request } = await fixed();
    simulation.settings.mode = "notify";

    const answer = await simulation.undo(request);

    assert.deepEqual(answer, {
      undone: false,
      why:
        `The control ${CONTROL} is in mode notify in account 210987654321, where nothing may be changed for it: set it to enforce, or ` +
        "change the resource by hand.",
    });
    assert.equal(simulation.lamps.get(ARN), "off");
  });

  it("refuses outcomes of controls that are off or can't be undone, and what is no request", async () => {
    const { simulation, request } = await fixed();
    setUndoSettings({});
    const handler = createUndoHandler([], { store: simulation.store });

    assert.deepEqual(await handler({ undo: request }), {
      undone: false,
      why: `The control ${CONTROL} is off, or its fixes can't be undone.`,
    });
    for (const odd of [null, {}, { undo: { ...request, outcome: "r-1" } }, { Records: [] }])
      assert.deepEqual(await handler(odd), {
        undone: false,
        why: "This is no request to undo: `bailiwick undo` makes one.",
      });
  });

  it("does not start with settings that its controls refuse", () => {
    setUndoSettings({ controls: { [CONTROL]: { mode: "sometimes" } } });
    assert.throws(() => createUndoHandler([]), /^TypeError: Settings: controls\.lamp-bulb-not-burning\.mode/);
  });
});
