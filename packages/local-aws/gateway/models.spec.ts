import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { gzipSync } from "node:zlib";
import { serviceModels } from "./models";

describe("The service models in a folder", () => {
  let folder: string;

  const put = async (name: string, version: string, metadata: object, zipped: boolean) => {
    const model = {
      version: "2.0",
      metadata: { apiVersion: version, ...metadata },
      operations: {
        Make: { name: "Make", http: { method: "POST", requestUri: "/" }, documentation: "<p>long</p>" },
      },
      shapes: {
        In: { type: "structure", members: { documentation: { shape: "Text", documentation: "d" } } },
      },
    };
    const home = path.join(folder, name, version);
    await mkdir(home, { recursive: true });
    const text = JSON.stringify(model);
    await writeFile(path.join(home, `service-2.json${zipped ? ".gz" : ""}`), zipped ? gzipSync(text) : text);
  };

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "models-"));
    await put("rds", "2014-10-31", { endpointPrefix: "rds", protocol: "query" }, true);
    await put("docdb", "2014-10-31", { endpointPrefix: "rds", signingName: "rds", protocol: "query" }, false);
    await put("sqs", "2012-11-05", { endpointPrefix: "sqs", protocol: "query" }, true);
    await put(
      "sqs",
      "2020-01-01",
      { endpointPrefix: "sqs", protocol: "json", targetPrefix: "AmazonSQS" },
      true,
    );
  });
  after(() => rm(folder, { recursive: true }));

  it("are found by the name they sign with, the one of that name first", async () => {
    const found = await serviceModels(folder).signedAs("rds");

    assert.deepEqual(
      found.map(({ name }) => name),
      ["rds", "docdb"],
    );
  });

  it("are found by the prefix of their targets", async () => {
    assert.equal((await serviceModels(folder).targetedAs("AmazonSQS"))?.name, "sqs");
    assert.equal(await serviceModels(folder).targetedAs("Other"), undefined);
  });

  it("are read in their newest version, once, and without documentation", async () => {
    const models = serviceModels(folder);

    const model = await models.service("sqs");

    assert.equal(model.metadata.protocol, "json");
    assert.equal(model.operations["Make"]?.service, model);
    assert.ok(!("documentation" in (model.operations["Make"] ?? {})));
    // A member that is called so stays.
    assert.ok(model.shapes["In"]?.members?.["documentation"]);
    assert.equal(await models.service("sqs"), model);
  });

  it("refuse a service that is not there, and a name that is a path", async () => {
    const models = serviceModels(folder);

    await assert.rejects(models.service("nothing"), /no model of the service nothing/);
    await assert.rejects(models.service("../rds"), /no model/);
  });
});
