import assert from "node:assert/strict";
import type { JsonObject } from "@bailiwick/aws-events/record";
import { list, structure, tinyCall, tinyModel } from "../gateway/testing/tiny-models";
import { ec2Request, ec2Response, isXmlStyle, REMOVED } from "./ec2";

const old = { shape: "Flag", locationName: "dryRun" };
const model = tinyModel(
  "ec2",
  "ec2",
  {
    AuthorizeSecurityGroupIngress: { input: "Authorize", output: "Authorized" },
    DescribeVolumes: { input: "Describe" },
    ModifySnapshotAttribute: { input: "Share" },
    RunInstances: { input: "Run", output: "Ran" },
    DeleteFlowLogs: { input: "DeleteFlowLogs", output: "Ran" },
    DeleteVolume: { input: "DeleteVolume" },
    RequestSpotInstances: { input: "Spot" },
    AssociateIamInstanceProfile: { input: "Associate", output: "Ran" },
    ReplaceIamInstanceProfileAssociation: { input: "Replace" },
    DisassociateIamInstanceProfile: { input: "Replace" },
    AssociateVpcCidrBlock: { input: "Range" },
    ModifySubnetAttribute: { input: "Associate" },
    DescribeHosts: { input: "Hosts" },
    DescribeBundleTasks: { input: "Bundles" },
    ModifyInstanceAttribute: { input: "Modify" },
    ModifyVpcAttribute: { input: "Modify" },
    DeleteSnapshot: { input: "Snapshot" },
    CreateKeyPair: { input: "KeyPair" },
    DescribeDhcpOptions: { input: "Bundles" },
    CreateNetworkAclEntry: { input: "AclEntry" },
    CreateNetworkInterface: { input: "Interface", output: "Connected" },
  },
  {
    Time: { type: "timestamp" },
    Hosts: structure({
      HostIds: { shape: "Texts", locationName: "hostId" },
      MaxResults: { shape: "Number", locationName: "maxResults" },
    }),
    Bundles: structure({ BundleIds: { shape: "Texts", locationName: "BundleId" }, DryRun: old }),
    Modify: structure({
      Attribute: { shape: "Text", locationName: "attribute" },
      Value: { shape: "Text", locationName: "value" },
      DryRun: old,
    }),
    Snapshot: structure({ SnapshotId: "Text", DryRun: old }),
    KeyPair: structure({ KeyName: "Text", KeyFormat: "Text", DryRun: old }),
    Range: structure({ VpcId: { shape: "Text", locationName: "vpcId" }, CidrBlock: "Text" }),
    AclEntry: structure({ Protocol: "Text", PortRange: { shape: "Ports", locationName: "portRange" } }),
    Ports: structure({ From: { shape: "Number", locationName: "from" } }),
    Address: structure({ Primary: { shape: "Flag", locationName: "primary" } }),
    Addresses: list("Address", {}, "item"),
    Interface: structure({
      Groups: { shape: "Texts", locationName: "SecurityGroupId" },
      PrivateIpAddresses: { shape: "Addresses", locationName: "privateIpAddresses" },
      DryRun: old,
    }),
    Connected: structure({
      PrivateIpAddresses: { shape: "Addresses", locationName: "privateIpAddressesSet" },
      Groups: { shape: "Rules", locationName: "groupSet" },
    }),
    Profile: structure({
      Arn: { shape: "Text", locationName: "arn" },
      Name: { shape: "Text", locationName: "name" },
    }),
    Associate: structure({ IamInstanceProfile: "Profile", InstanceId: "Text" }),
    Replace: structure({ IamInstanceProfile: "Profile", AssociationId: "Text" }),
    Texts: list("Text", {}, "item"),
    IpRange: structure({ CidrIp: { shape: "Text", locationName: "cidrIp" } }),
    IpRanges: list("IpRange", {}, "item"),
    IpPermission: structure({
      IpProtocol: { shape: "Text", locationName: "ipProtocol" },
      FromPort: { shape: "Number", locationName: "fromPort" },
      IpRanges: { shape: "IpRanges", locationName: "ipRanges" },
      Ipv6Ranges: { shape: "IpRanges", locationName: "ipv6Ranges" },
    }),
    IpPermissions: list("IpPermission", {}, "item"),
    Authorize: structure({ GroupId: "Text", CidrIp: "Text", IpPermissions: "IpPermissions", DryRun: old }),
    Rule: structure({
      RuleId: { shape: "Text", locationName: "securityGroupRuleId" },
      At: { shape: "Time", locationName: "at" },
    }),
    Rules: list("Rule", {}, "item"),
    Authorized: structure({
      Return: { shape: "Flag", locationName: "return" },
      Rules: { shape: "Rules", locationName: "securityGroupRuleSet" },
    }),
    Filter: structure({ Name: "Text", Values: { shape: "Texts", locationName: "Value" } }),
    Filters: list("Filter", {}, "Filter"),
    Describe: structure({
      VolumeIds: { shape: "Texts", locationName: "VolumeId" },
      Filters: "Filters",
      DryRun: old,
    }),
    Share: structure({
      Attribute: "Text",
      OperationType: "Text",
      GroupNames: "Texts",
      UserIds: "Texts",
      SnapshotId: "Text",
      DryRun: old,
    }),
    Run: structure({
      ImageId: "Text",
      MinCount: "Number",
      MaxCount: "Number",
      UserData: "Text",
      SecurityGroupIds: "Texts",
      SecurityGroups: "Texts",
      DryRun: old,
    }),
    Ran: structure({ Groups: { shape: "Rules", locationName: "groupSet" } }),
    DeleteFlowLogs: structure({ FlowLogIds: { shape: "Texts", locationName: "FlowLogId" }, DryRun: "Flag" }),
    DeleteVolume: structure({ VolumeId: "Text", DryRun: old }),
    Specification: structure({ UserData: { shape: "Text", locationName: "userData" } }),
    Spot: structure({
      LaunchSpecification: { shape: "Specification", locationName: "launchSpecification" },
      DryRun: old,
    }),
  },
);
const call = (operation: string, given: Parameters<typeof tinyCall>[0]) =>
  tinyCall({ model: model.operations[operation], ...given });

describe("EC2's older calls", () => {
  it("write permissions as sets of items, empty ones included", () => {
    const IpPermissions = [{ IpProtocol: "tcp", FromPort: 22, IpRanges: [{ CidrIp: "0.0.0.0/0" }] }];

    assert.deepEqual(
      ec2Request(call("AuthorizeSecurityGroupIngress", { parameters: { GroupId: "sg-1", IpPermissions } })),
      {
        groupId: "sg-1",
        ipPermissions: {
          items: [
            {
              ipProtocol: "tcp",
              fromPort: 22,
              ipRanges: { items: [{ cidrIp: "0.0.0.0/0" }] },
              ipv6Ranges: {},
            },
          ],
        },
      },
    );
  });

  it("write flat permissions beside an empty set", () => {
    assert.deepEqual(
      ec2Request(call("AuthorizeSecurityGroupIngress", { parameters: { GroupId: "sg-1", CidrIp: "::/0" } })),
      {
        ipPermissions: {},
        groupId: "sg-1",
        cidrIp: "::/0",
      },
    );
  });

  it("write ids and filters under the names of their sets", () => {
    const parameters = { VolumeIds: ["vol-1"], Filters: [{ Name: "n", Values: ["a", "b"] }] };

    assert.deepEqual(ec2Request(call("DescribeVolumes", { parameters, readOnly: true })), {
      volumeSet: { items: [{ volumeId: "vol-1" }] },
      filterSet: { items: [{ name: "n", valueSet: { items: [{ value: "a" }, { value: "b" }] } }] },
    });
    assert.deepEqual(ec2Request(call("DescribeVolumes", { parameters: {}, readOnly: true })), {
      volumeSet: {},
      filterSet: {},
    });
  });

  it("write one form of sharing for two forms of parameters", () => {
    const parameters = {
      Attribute: "createVolumePermission",
      OperationType: "add",
      GroupNames: ["all"],
      UserIds: ["444444444444"],
      SnapshotId: "snap-1",
    };

    assert.deepEqual(ec2Request(call("ModifySnapshotAttribute", { parameters })), {
      snapshotId: "snap-1",
      createVolumePermission: { add: { items: [{ userId: "444444444444" }, { group: "all" }] } },
      attributeType: "CREATE_VOLUME_PERMISSION",
    });
  });

  it("hide launch scripts and put both kinds of groups into one set", () => {
    const parameters = {
      ImageId: "ami-1",
      MinCount: 1,
      MaxCount: 2,
      UserData: "c2VjcmV0",
      SecurityGroupIds: ["sg-1"],
      SecurityGroups: ["web"],
    };

    const request = ec2Request(call("RunInstances", { parameters }));

    assert.deepEqual(request?.["instancesSet"], { items: [{ imageId: "ami-1", minCount: 1, maxCount: 2 }] });
    assert.equal(request?.["userData"], REMOVED);
    assert.deepEqual(request?.["groupSet"], { items: [{ groupId: "sg-1" }, { groupName: "web" }] });
  });

  it("hide launch scripts inside other parameters", () => {
    const parameters = { LaunchSpecification: { UserData: "c2VjcmV0" } };

    assert.deepEqual(ec2Request(call("RequestSpotInstances", { parameters })), {
      launchSpecification: { userData: REMOVED },
    });
  });

  it("hide the value of an instance's attribute, which may be a launch script", () => {
    const parameters = { Attribute: "userData", Value: "c2VjcmV0" };

    assert.deepEqual(ec2Request(call("ModifyInstanceAttribute", { parameters })), {
      attribute: "userData",
      value: REMOVED,
    });
    assert.deepEqual(ec2Request(call("ModifyVpcAttribute", { parameters }))?.["value"], "c2VjcmV0");
  });

  it("write AWS's defaults for parameters that are left out", () => {
    const request = (operation: string, parameters: JsonObject) =>
      ec2Request(call(operation, { parameters }));

    assert.deepEqual(request("DeleteSnapshot", { SnapshotId: "s" }), { force: false, snapshotId: "s" });
    assert.deepEqual(request("CreateKeyPair", { KeyName: "k" }), { keyFormat: "pem", keyName: "k" });
    assert.deepEqual(request("CreateKeyPair", { KeyName: "k", KeyFormat: "ppk" }), {
      keyFormat: "ppk",
      keyName: "k",
    });
    assert.deepEqual(request("DescribeDhcpOptions", {}), { dhcpOptionsSet: {}, filterSet: {} });
    assert.deepEqual(request("CreateNetworkAclEntry", { Protocol: "-1" }), {
      aclProtocol: "-1",
      icmpTypeCode: {},
      portRange: {},
    });
    assert.deepEqual(request("CreateNetworkAclEntry", { PortRange: { From: 53 } })?.["portRange"], {
      from: 53,
    });
    assert.deepEqual(request("CreateNetworkInterface", {}), { groupSet: {}, privateIpAddressesSet: {} });
  });

  it("write the addresses of a network interface as a set, which has one `item` in the answer", () => {
    const PrivateIpAddresses = [{ Primary: true }];
    const created = call("CreateNetworkInterface", {
      parameters: { PrivateIpAddresses, Groups: ["sg-1"] },
      output: { PrivateIpAddresses, Groups: [{ RuleId: "sg-1" }] },
    });

    assert.deepEqual(ec2Request(created), {
      groupSet: { items: [{ groupId: "sg-1" }] },
      privateIpAddressesSet: { items: [{ primary: true }] },
    });
    assert.deepEqual(ec2Response(created), {
      requestId: "request-1",
      privateIpAddressesSet: { item: [{ primary: true }] },
      groupSet: { items: [{ securityGroupRuleId: "sg-1" }] },
    });
  });

  it("write the tasks that bundle instances as a set", () => {
    assert.deepEqual(ec2Request(call("DescribeBundleTasks", { parameters: { BundleIds: ["bun-1"] } })), {
      bundlesSet: { items: [{ bundleId: "bun-1" }] },
    });
  });

  it("answer with requestId, _return, items, and times in milliseconds", () => {
    const output = { Return: true, Rules: [{ RuleId: "sgr-1", At: "1970-01-01T00:00:01.000Z" }] };

    assert.deepEqual(ec2Response(call("AuthorizeSecurityGroupIngress", { output })), {
      requestId: "request-1",
      _return: true,
      securityGroupRuleSet: { items: [{ securityGroupRuleId: "sgr-1", at: 1000 }] },
    });
    assert.deepEqual(ec2Response(call("DeleteVolume", {})), { requestId: "request-1", _return: true });
  });

  it("have no answer when they read or fail", () => {
    assert.equal(ec2Response(call("DescribeVolumes", { readOnly: true })), null);
    assert.equal(ec2Response(call("RunInstances", { errorCode: "UnauthorizedOperation" })), null);
  });
});

describe("EC2's newer calls", () => {
  const operation = "DeleteFlowLogs";

  it("are recognized by a DryRun without a name of its own", () => {
    const made = (name: string) => {
      const found = model.operations[name];
      assert.ok(found);
      return isXmlStyle(found);
    };
    assert.deepEqual([made(operation), made("DescribeVolumes")], [true, false]);
  });

  it("include some without a DryRun that give an instance its role", () => {
    const IamInstanceProfile = { Name: "worker" };
    const asked = { IamInstanceProfile, InstanceId: "i-1", AssociationId: "iip-1" };
    const responseText =
      "<AssociateIamInstanceProfileResponse><requestId>r</requestId></AssociateIamInstanceProfileResponse>";
    const request = (name: string) => ec2Request(call(name, { parameters: asked }));

    assert.deepEqual(request("AssociateIamInstanceProfile"), {
      AssociateIamInstanceProfileRequest: { IamInstanceProfile, InstanceId: "i-1" },
    });
    assert.deepEqual(request("ReplaceIamInstanceProfileAssociation"), {
      ReplaceIamInstanceProfileAssociationRequest: { IamInstanceProfile, AssociationId: "iip-1" },
    });
    assert.deepEqual(Object.keys(request("DisassociateIamInstanceProfile") ?? {}), [
      "DisassociateIamInstanceProfileRequest",
    ]);
    assert.deepEqual(ec2Response(call("AssociateIamInstanceProfile", { http: { responseText } })), {
      AssociateIamInstanceProfileResponse: { requestId: "r" },
    });
    assert.deepEqual(Object.keys(request("ModifySubnetAttribute") ?? {}), [
      "iamInstanceProfile",
      "instanceId",
    ]);
  });

  it("include those that give a VPC more addresses", () => {
    const parameters = { VpcId: "vpc-1", CidrBlock: "10.1.0.0/16" };

    assert.deepEqual(ec2Request(call("AssociateVpcCidrBlock", { parameters })), {
      AssociateVpcCidrBlockRequest: parameters,
    });
  });

  it("include one about hosts", () => {
    const parameters = { HostIds: ["h-1"], MaxResults: 5 };

    assert.deepEqual(ec2Request(call("DescribeHosts", { parameters })), {
      DescribeHostsRequest: { HostId: { content: "h-1", tag: 1 }, MaxResults: 5 },
    });
  });

  it("write an empty text where no parameters are given", () => {
    assert.deepEqual(ec2Request(call(operation, { parameters: {} })), { DeleteFlowLogsRequest: "" });
  });

  it("write their XML: a single element is no list, and each has its number", () => {
    assert.deepEqual(ec2Request(call(operation, { parameters: { FlowLogIds: ["fl-1"] } })), {
      DeleteFlowLogsRequest: { FlowLogId: { content: "fl-1", tag: 1 } },
    });
    assert.deepEqual(ec2Request(call(operation, { parameters: { FlowLogIds: ["fl-1", "fl-2"] } })), {
      DeleteFlowLogsRequest: {
        FlowLogId: [
          { content: "fl-1", tag: 1 },
          { content: "fl-2", tag: 2 },
        ],
      },
    });
  });

  it("write texts that look like numbers as numbers, which XML doesn't distinguish", () => {
    assert.deepEqual(ec2Request(call(operation, { parameters: { FlowLogIds: ["7", "07", "1.7"] } })), {
      DeleteFlowLogsRequest: {
        FlowLogId: [
          { content: 7, tag: 1 },
          { content: "07", tag: 2 },
          { content: "1.7", tag: 3 },
        ],
      },
    });
  });

  it("answer with their XML", () => {
    const responseText =
      '<DeleteFlowLogsResponse xmlns="http://ec2.example/"><requestId>r</requestId><ownerId>333333333333</ownerId><unsuccessful/><keyMaterial>k</keyMaterial></DeleteFlowLogsResponse>';

    assert.deepEqual(ec2Response(call(operation, { http: { responseText } })), {
      DeleteFlowLogsResponse: {
        xmlns: "http://ec2.example/",
        requestId: "r",
        ownerId: 333333333333,
        unsuccessful: "",
        keyMaterial: REMOVED,
      },
    });
  });
});
