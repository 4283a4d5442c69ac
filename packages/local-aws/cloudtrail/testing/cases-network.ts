/** EC2's network, and reads of regions, zones and instances. */
import { answered, type RecordCase } from "./cases";
import { atLeast, text, uuid } from "./expect";
import { MEMBER } from "./recorded-organization";

const ec2 = { source: "ec2" };

export const networkCases: RecordCase[] = [
  {
    ...ec2,
    event: "CreateVpc",
    parameters: { CidrBlock: "10.0.0.0/26" },
    keep: (answer, made) => (made["vpc"] = answered(answer, "Vpc.VpcId")),
    request: { cidrBlock: "10.0.0.0/26", instanceTenancy: "default", amazonProvidedIpv6CidrBlock: false },
    response: atLeast({
      requestId: uuid,
      vpc: atLeast({
        vpcId: text(/^vpc-/),
        ownerId: MEMBER,
        cidrBlock: "10.0.0.0/26",
        cidrBlockAssociationSet: {
          items: [
            {
              cidrBlock: "10.0.0.0/26",
              associationId: text(/^vpc-cidr-assoc-/),
              cidrBlockState: { state: "associated" },
            },
          ],
        },
        dhcpOptionsId: text(/^dopt-/),
        instanceTenancy: "default",
        tagSet: {},
        isDefault: false,
      }),
    }),
    differs: { "responseElements.vpc": "the emulator's VPC exists at once" },
  },
  {
    ...ec2,
    event: "CreateVpcEndpoint",
    parameters: (made) => ({ VpcId: made["vpc"], ServiceName: "com.amazonaws.eu-west-1.s3" }),
    request: (made) => ({
      CreateVpcEndpointRequest: { VpcId: made["vpc"] ?? "", ServiceName: "com.amazonaws.eu-west-1.s3" },
    }),
    response: {
      CreateVpcEndpointResponse: {
        xmlns: "http://ec2.amazonaws.com/doc/2016-11-15/",
        requestId: uuid,
        vpcEndpoint: atLeast({ vpcEndpointId: text(/^vpce-/), ownerId: Number(MEMBER), tagSet: "" }),
      },
    },
    differs: {
      "responseElements.CreateVpcEndpointResponse.vpcEndpoint": "the emulator's own selection of members",
    },
  },
  {
    ...ec2,
    event: "CreateNetworkInterface",
    parameters: { SubnetId: "subnet-1" },
    request: { clientToken: uuid, subnetId: "subnet-1", groupSet: {}, privateIpAddressesSet: {} },
    response: atLeast({
      requestId: uuid,
      networkInterface: atLeast({
        subnetId: "subnet-1",
        groupSet: { items: [{ groupId: text(/^sg-/), groupName: "default" }] },
        privateIpAddressesSet: { item: [{ privateIpAddress: text(), primary: true }] },
        sourceDestCheck: true,
        tagSet: {},
      }),
    }),
    differs: {
      "responseElements.networkInterface":
        "the emulator's interface exists at once and has its own selection of members",
    },
  },
  {
    ...ec2,
    event: "CreateNetworkAclEntry",
    parameters: {
      NetworkAclId: "acl-1",
      RuleNumber: 500,
      Protocol: "-1",
      RuleAction: "allow",
      Egress: true,
      CidrBlock: "0.0.0.0/0",
    },
    request: {
      networkAclId: "acl-1",
      ruleNumber: 500,
      egress: true,
      ruleAction: "allow",
      icmpTypeCode: {},
      portRange: {},
      aclProtocol: "-1",
      cidrBlock: "0.0.0.0/0",
    },
    response: null,
    errorCode: "Client.InvalidNetworkAclID.NotFound",
  },
  {
    ...ec2,
    event: "DescribeAvailabilityZones",
    parameters: { Filters: [{ Name: "region-name", Values: ["eu-west-1"] }] },
    readOnly: true,
    request: {
      availabilityZoneIdSet: {},
      availabilityZoneSet: {},
      filterSet: { items: [{ name: "region-name", valueSet: { items: [{ value: "eu-west-1" }] } }] },
    },
    response: null,
  },
  {
    ...ec2,
    event: "DescribeFlowLogs",
    parameters: { Filter: [{ Name: "resource-id", Values: ["vpc-1"] }] },
    readOnly: true,
    request: {
      DescribeFlowLogsRequest: {
        Filter: { Name: "resource-id", Value: { content: "vpc-1", tag: 1 }, tag: 1 },
      },
    },
    response: null,
  },
  {
    ...ec2,
    event: "DescribeInstanceStatus",
    parameters: { MaxResults: 5, IncludeAllInstances: true },
    readOnly: true,
    request: { instancesSet: {}, filterSet: {}, maxResults: 5, includeAllInstances: true },
    response: null,
  },
];
