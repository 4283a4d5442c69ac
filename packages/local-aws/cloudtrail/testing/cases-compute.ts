/** EC2, without its network. */
import { answered, type RecordCase } from "./cases";
import { atLeast, number, text, uuid } from "./expect";
import { networkCases } from "./cases-network";
import { MEMBER } from "./recorded-organization";

const REMOVED = "<sensitiveDataRemoved>";
const OK = { requestId: uuid, _return: true };
const ec2 = { source: "ec2" };
export const computeCases: RecordCase[] = [
  {
    ...ec2,
    event: "CreateSecurityGroup",
    parameters: { GroupName: "web", Description: "for the web" },
    keep: (answer, made) => (made["group"] = answered(answer, "GroupId")),
    request: { groupName: "web", groupDescription: "for the web" },
    response: { ...OK, groupId: text(/^sg-/), securityGroupArn: text(/^arn:/) },
  },
  {
    ...ec2,
    event: "AuthorizeSecurityGroupIngress",
    parameters: (made) => ({
      GroupId: made["group"],
      IpPermissions: [
        {
          IpProtocol: "tcp",
          FromPort: 22,
          ToPort: 22,
          IpRanges: [{ CidrIp: "0.0.0.0/0", Description: "all" }],
        },
      ],
    }),
    request: (made) => ({
      groupId: made["group"] ?? "",
      ipPermissions: {
        items: [
          {
            ipProtocol: "tcp",
            fromPort: 22,
            toPort: 22,
            groups: {},
            ipRanges: { items: [{ cidrIp: "0.0.0.0/0", description: "all" }] },
            ipv6Ranges: {},
            prefixListIds: {},
          },
        ],
      },
    }),
    response: (made) => ({
      ...OK,
      securityGroupRuleSet: {
        items: [
          {
            groupOwnerId: MEMBER,
            groupId: made["group"] ?? "",
            securityGroupRuleId: text(/^sgr-/),
            description: "all",
            isEgress: false,
            ipProtocol: "tcp",
            fromPort: 22,
            toPort: 22,
            cidrIpv4: "0.0.0.0/0",
            securityGroupRuleArn: text(/^arn:/),
          },
        ],
      },
    }),
  },
  {
    ...ec2,
    event: "RevokeSecurityGroupIngress",
    parameters: (made) => ({
      GroupId: made["group"],
      IpProtocol: "tcp",
      FromPort: 22,
      ToPort: 22,
      CidrIp: "0.0.0.0/0",
    }),
    request: (made) => ({
      groupId: made["group"] ?? "",
      ipPermissions: {},
      ipProtocol: "tcp",
      fromPort: 22,
      toPort: 22,
      cidrIp: "0.0.0.0/0",
    }),
    response: atLeast(OK),
    differs: {
      "responseElements.revokedSecurityGroupRuleSet": "the revoked rules, as far as the emulator gives them",
    },
  },
  {
    ...ec2,
    event: "ModifySecurityGroupRules",
    parameters: (made) => ({
      GroupId: made["group"],
      SecurityGroupRules: [
        {
          SecurityGroupRuleId: "sgr-00000000000000000",
          SecurityGroupRule: { IpProtocol: "tcp", FromPort: 22, ToPort: 22, CidrIpv4: "0.0.0.0/0" },
        },
      ],
    }),
    request: (made) => ({
      ModifySecurityGroupRulesRequest: {
        GroupId: made["group"] ?? "",
        SecurityGroupRule: {
          SecurityGroupRuleId: "sgr-00000000000000000",
          SecurityGroupRule: { IpProtocol: "tcp", FromPort: 22, ToPort: 22, CidrIpv4: "0.0.0.0/0" },
          tag: 1,
        },
      },
    }),
    response: null,
    errorCode: "Client.InvalidSecurityGroupRuleId.NotFound",
  },
  {
    ...ec2,
    event: "ReplaceIamInstanceProfileAssociation",
    parameters: { AssociationId: "iip-assoc-1", IamInstanceProfile: { Name: "worker" } },
    request: {
      ReplaceIamInstanceProfileAssociationRequest: {
        IamInstanceProfile: { Name: "worker" },
        AssociationId: "iip-assoc-1",
      },
    },
    response: null,
    errorCode: "Client.InvalidAssociationID.NotFound",
  },
  {
    ...ec2,
    event: "RunInstances",
    parameters: {
      ImageId: "ami-12345678",
      MinCount: 1,
      MaxCount: 1,
      InstanceType: "t3.micro",
      UserData: "#!/bin/sh",
    },
    keep: (answer, made) => {
      const instances = answer.output?.["Instances"] as { InstanceId: string }[];
      made["instance"] = instances[0]?.InstanceId ?? "";
    },
    request: {
      instancesSet: { items: [{ imageId: "ami-12345678", minCount: 1, maxCount: 1 }] },
      instanceType: "t3.micro",
      userData: REMOVED,
      blockDeviceMapping: {},
      monitoring: { enabled: false },
      disableApiTermination: false,
      disableApiStop: false,
      clientToken: uuid,
    },
    response: {
      requestId: uuid,
      reservationId: text(/^r-/),
      ownerId: MEMBER,
      groupSet: {},
      instancesSet: {
        items: [
          atLeast({
            instanceId: text(/^i-/),
            imageId: "ami-12345678",
            instanceState: { code: number, name: text() },
            instanceType: "t3.micro",
            launchTime: number,
            placement: atLeast({ availabilityZone: text() }),
            groupSet: atLeast({}),
          }),
        ],
      },
    },
    differs: {
      "responseElements.instancesSet":
        "the emulator's instance runs at once and has its own selection of members",
    },
  },
  {
    ...ec2,
    event: "StopInstances",
    parameters: (made) => ({ InstanceIds: [made["instance"]] }),
    request: (made) => ({ instancesSet: { items: [{ instanceId: made["instance"] ?? "" }] }, force: false }),
    response: (made) => ({
      requestId: uuid,
      instancesSet: {
        items: [
          {
            instanceId: made["instance"] ?? "",
            currentState: { code: number, name: text() },
            previousState: { code: 16, name: "running" },
          },
        ],
      },
    }),
  },
  {
    ...ec2,
    event: "TerminateInstances",
    parameters: (made) => ({ InstanceIds: [made["instance"]] }),
    request: (made) => ({ instancesSet: { items: [{ instanceId: made["instance"] ?? "" }] } }),
    response: atLeast({ requestId: uuid, instancesSet: atLeast({}) }),
  },
  {
    ...ec2,
    event: "CreateVolume",
    parameters: { AvailabilityZone: "eu-west-1a", Size: 1 },
    keep: (answer, made) => (made["volume"] = answered(answer, "VolumeId")),
    request: { zone: "eu-west-1a", size: "1", clientToken: uuid },
    response: atLeast({
      requestId: uuid,
      volumeId: text(/^vol-/),
      zone: "eu-west-1a",
      size: "1",
      createTime: number,
      tagSet: {},
    }),
    differs: {
      "responseElements.attachmentSet": "the emulator gives it even when empty",
    },
  },
  {
    ...ec2,
    event: "CreateSnapshot",
    parameters: (made) => ({ VolumeId: made["volume"], Description: "copy" }),
    keep: (answer, made) => (made["snapshot"] = answered(answer, "SnapshotId")),
    request: (made) => ({ volumeId: made["volume"] ?? "", description: "copy" }),
    response: atLeast({
      requestId: uuid,
      snapshotId: text(/^snap-/),
      startTime: number,
      encrypted: false,
      ownerId: MEMBER,
    }),
  },
  {
    ...ec2,
    event: "ModifySnapshotAttribute",
    parameters: (made) => ({
      SnapshotId: made["snapshot"],
      Attribute: "createVolumePermission",
      OperationType: "add",
      UserIds: ["444444444444"],
    }),
    request: (made) => ({
      snapshotId: made["snapshot"] ?? "",
      createVolumePermission: { add: { items: [{ userId: "444444444444" }] } },
      attributeType: "CREATE_VOLUME_PERMISSION",
    }),
    response: OK,
  },
  {
    ...ec2,
    event: "DeleteSnapshot",
    parameters: (made) => ({ SnapshotId: made["snapshot"] }),
    request: (made) => ({ snapshotId: made["snapshot"] ?? "", force: false }),
    response: OK,
  },
  {
    ...ec2,
    event: "CreateTags",
    parameters: (made) => ({ Resources: [made["volume"]], Tags: [{ Key: "team", Value: "red" }] }),
    request: (made) => ({
      resourcesSet: { items: [{ resourceId: made["volume"] ?? "" }] },
      tagSet: { items: [{ key: "team", value: "red" }] },
    }),
    response: OK,
  },
  {
    ...ec2,
    event: "CreateKeyPair",
    parameters: { KeyName: "door" },
    request: { keyName: "door", keyFormat: "pem" },
    response: atLeast({
      requestId: uuid,
      keyName: "door",
      keyFingerprint: text(),
      keyPairId: text(/^key-/),
      keyMaterial: REMOVED,
    }),
  },
  {
    ...ec2,
    event: "CreateFlowLogs",
    parameters: {
      ResourceIds: ["vpc-1"],
      ResourceType: "VPC",
      TrafficType: "ALL",
      LogDestinationType: "s3",
      LogDestination: "arn:aws:s3:::flow",
    },
    keep: (answer, made) => (made["flow"] = (answer.output?.["FlowLogIds"] as string[])[0] ?? ""),
    request: {
      CreateFlowLogsRequest: atLeast({
        ResourceId: { content: "vpc-1", tag: 1 },
        ResourceType: "VPC",
        TrafficType: "ALL",
        LogDestinationType: "s3",
        LogDestination: "arn:aws:s3:::flow",
      }),
    },
    response: {
      CreateFlowLogsResponse: {
        xmlns: "http://ec2.amazonaws.com/doc/2016-11-15/",
        requestId: uuid,
        flowLogIdSet: { item: text(/^fl-/) },
        unsuccessful: "",
      },
    },
    differs: { "responseElements.CreateFlowLogsResponse.clientToken": "the emulator answers none" },
  },
  {
    ...ec2,
    event: "DeleteFlowLogs",
    parameters: (made) => ({ FlowLogIds: [made["flow"]] }),
    request: (made) => ({ DeleteFlowLogsRequest: { FlowLogId: { content: made["flow"] ?? "", tag: 1 } } }),
    response: {
      DeleteFlowLogsResponse: {
        xmlns: "http://ec2.amazonaws.com/doc/2016-11-15/",
        requestId: uuid,
        unsuccessful: "",
      },
    },
  },
  {
    ...ec2,
    event: "DescribeLaunchTemplates",
    readOnly: true,
    request: { DescribeLaunchTemplatesRequest: "" },
    response: null,
  },
  {
    ...ec2,
    event: "DescribeDhcpOptions",
    readOnly: true,
    request: { dhcpOptionsSet: {}, filterSet: {} },
    response: null,
  },
  {
    ...ec2,
    event: "DescribeBundleTasks",
    parameters: { BundleIds: ["bun-1"] },
    readOnly: true,
    request: { bundlesSet: { items: [{ bundleId: "bun-1" }] } },
    response: null,
    errorCode: "Client.InvalidAction",
    differs: { errorCode: "the emulator has no such call" },
  },
  {
    ...ec2,
    event: "DescribeHosts",
    parameters: { MaxResults: 5 },
    readOnly: true,
    request: { DescribeHostsRequest: { MaxResults: 5 } },
    response: null,
    errorCode: "Client.InvalidAction",
    differs: { errorCode: "the emulator has no such call" },
  },
  {
    ...ec2,
    event: "ModifyInstanceAttribute",
    parameters: { InstanceId: "i-1", Attribute: "userData", Value: "IyEvYmluL3No" },
    request: { instanceId: "i-1", attribute: "userData", value: REMOVED },
    response: null,
    errorCode: "Client.InvalidAction",
    differs: { errorCode: "the emulator has no such call" },
  },
  {
    ...ec2,
    event: "DescribeInstances",
    parameters: { Filters: [{ Name: "tag:team", Values: ["red", "blue"] }] },
    readOnly: true,
    request: {
      instancesSet: {},
      filterSet: {
        items: [{ name: "tag:team", valueSet: { items: [{ value: "red" }, { value: "blue" }] } }],
      },
    },
    response: null,
  },
  ...networkCases,
];
