/** Grants that S3 calls public, and grants that it does not. */

export const grant = {
  Effect: "Allow",
  Principal: "*",
  Action: "s3:GetObject",
  Resource: "arn:aws:s3:::ledger/*",
};
export const to = (Principal: unknown) => ({ ...grant, Principal });
export const when = (Condition: unknown) => ({ ...grant, Condition });
export const policy = (...Statement: unknown[]) => ({ Version: "2012-10-17", Statement });
export const denyUnless = (Condition: unknown, rest: object = {}) => ({
  Effect: "Deny",
  Principal: "*",
  Action: "s3:*",
  Resource: ["arn:aws:s3:::ledger", "arn:aws:s3:::ledger/*"],
  ...(Condition ? { Condition } : {}),
  ...rest,
});

/** Each line: what it is, and one statement or several. */
export const PUBLIC: [string, ...unknown[]][] = [
  ["everyone", grant],
  ["everyone, written as AWS account", to({ AWS: "*" })],
  ["everyone in a list of named ones", to({ AWS: ["arn:aws:iam::111122223333:root", "*"] })],
  ["everyone as canonical user", to({ CanonicalUser: "*" })],
  ["every service", to({ Service: "*" })],
  ["every service of AWS", to({ Service: "*.amazonaws.com" })],
  ["a role of that name in any account", to({ AWS: "arn:aws:iam::*:role/reader" })],
  ["accounts that begin alike", to({ AWS: "arn:aws:iam::11112222333?:root" })],
  ["an account from a policy variable", to({ AWS: "arn:aws:iam::${aws:PrincipalAccount}:root" })],
  ["any origin access identity of CloudFront", to({ AWS: "arn:aws:iam::cloudfront:user/*" })],
  ["whoever has an account at a web identity provider", to({ Federated: "graph.facebook.com" })],
  ["whoever has an account in some identity pool", to({ Federated: "cognito-identity.amazonaws.com" })],
  ["a SAML provider of that name in any account", to({ Federated: "arn:aws:iam::*:saml-provider/login" })],
  ["a kind of principal that there isn't", to({ Robot: "r2d2" })],
  [
    "all but one account",
    { ...grant, Principal: undefined, NotPrincipal: { AWS: "arn:aws:iam::111122223333:root" } },
  ],
  ["no principal that can be read", to(undefined)],
  ["an empty principal", to({})],
  ["an empty list of principals", to({ AWS: [] })],

  ["every VPC", when({ StringLike: { "aws:SourceVpc": "vpc-*" } })],
  ["one VPC, or any other", when({ StringLike: { "aws:SourceVpc": ["vpc-0a1b2c3d", "vpc-*"] } })],
  ["a wildcard, though compared literally", when({ StringEquals: { "aws:SourceVpce": "vpce-?a1b2c3d" } })],
  [
    "its own organization, whichever that is",
    when({ StringEquals: { "aws:PrincipalOrgID": "${aws:PrincipalOrgID}" } }),
  ],
  ["any organization", when({ StringLike: { "aws:PrincipalOrgID": "o-*" } })],
  [
    "any organization's unit",
    when({ "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "o-*/r-ab12/ou-ab12-1/*" } }),
  ],
  ["accounts that begin alike", when({ StringLike: { "aws:SourceAccount": "1111*" } })],
  ["no account id", when({ StringEquals: { "aws:SourceAccount": "my-account" } })],
  ["a topic in any account", when({ ArnLike: { "aws:SourceArn": "arn:aws:sns:us-east-1:*:orders" } })],
  ["any bucket", when({ ArnLike: { "aws:SourceArn": "arn:aws:s3:::*" } })],
  ["any source", when({ ArnLike: { "aws:SourceArn": "*" } })],
  [
    "access points of any account",
    when({ StringLike: { "s3:DataAccessPointArn": "arn:aws:s3:eu-west-1:*:accesspoint/*" } }),
  ],
  ["any role's sessions", when({ StringLike: { "aws:userid": "AROA*:*" } })],
  ["any session of that name", when({ StringLike: { "aws:userid": "*:maria" } })],

  ["all addresses", when({ IpAddress: { "aws:SourceIp": "0.0.0.0/0" } })],
  ["half of all addresses", when({ IpAddress: { "aws:SourceIp": "0.0.0.0/1" } })],
  ["a little more than /8", when({ IpAddress: { "aws:SourceIp": "54.0.0.0/7" } })],
  ["an office, and all of IPv6", when({ IpAddress: { "aws:SourceIp": ["203.0.113.0/24", "::/0"] } })],
  ["a little more than /32 of IPv6", when({ IpAddress: { "aws:SourceIp": "2001:db8::/31" } })],
  ["all of IPv4 as mapped addresses", when({ IpAddress: { "aws:SourceIp": "::ffff:0:0/96" } })],
  ["something that is no address", when({ IpAddress: { "aws:SourceIp": "office" } })],
  ["all but one address", when({ NotIpAddress: { "aws:SourceIp": "203.0.113.0/24" } })],

  ["all but one VPC endpoint", when({ StringNotEquals: { "aws:SourceVpce": "vpce-0a1b2c3d" } })],
  ["callers without VPC as well", when({ StringEqualsIfExists: { "aws:SourceVpc": "vpc-0a1b2c3d" } })],
  [
    "callers without organization as well",
    when({ "ForAllValues:StringEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } }),
  ],
  ["callers of some organization", when({ Null: { "aws:PrincipalOrgID": "false" } })],
  [
    "callers whose key may be absent after all",
    when({ StringEqualsIfExists: { "aws:SourceVpc": "vpc-0a1b2c3d" }, Null: { "aws:SourceVpc": "true" } }),
  ],
  ["whoever uses TLS", when({ Bool: { "aws:SecureTransport": "true" } })],
  ["whoever claims a referer", when({ StringLike: { "aws:Referer": "https://www.example.com/*" } })],
  ["whoever claims a user agent", when({ StringEquals: { "aws:UserAgent": "secret" } })],
  ["whoever comes early enough", when({ DateLessThan: { "aws:CurrentTime": "2030-01-01T00:00:00Z" } })],
  [
    "the bucket's own account, which is always so",
    when({ StringEquals: { "s3:ResourceAccount": "111122223333" } }),
  ],
  [
    "whoever comes through some VPC's access point",
    when({ StringEquals: { "s3:AccessPointNetworkOrigin": "VPC" } }),
  ],
  ["an empty list of values", when({ StringEquals: { "aws:SourceVpc": [] } })],
  ["an empty condition", when({})],
  ["a condition that is none", when("aws:SourceVpc")],

  ["everyone, with a Deny for plain HTTP", grant, denyUnless({ Bool: { "aws:SecureTransport": "false" } })],
  [
    "everyone, with a Deny for one address range",
    grant,
    denyUnless({ IpAddress: { "aws:SourceIp": "198.51.100.0/24" } }),
  ],
  [
    "everyone, with a Deny for other actions",
    grant,
    denyUnless({ StringNotEquals: { "aws:SourceVpce": "vpce-0a1b2c3d" } }, { Action: "s3:PutObject" }),
  ],
  [
    "everyone, with a Deny for a part of the objects",
    grant,
    denyUnless(
      { StringNotEquals: { "aws:SourceVpce": "vpce-0a1b2c3d" } },
      { Resource: "arn:aws:s3:::ledger/private/*" },
    ),
  ],
  [
    "everyone, with a Deny for a key of other case",
    grant,
    denyUnless(
      { StringNotEquals: { "aws:SourceVpce": "vpce-0a1b2c3d" } },
      { Resource: "arn:aws:s3:::ledger/A*" },
    ),
  ],
  [
    "everyone, with a Deny unless one of a vague kind",
    grant,
    denyUnless({ StringNotLike: { "aws:SourceVpce": "vpce-*" } }),
  ],
  [
    "everyone, with a Deny unless fixed or encrypted",
    grant,
    denyUnless({
      StringNotEquals: { "aws:SourceVpce": "vpce-0a1b2c3d" },
      Bool: { "aws:SecureTransport": "false" },
    }),
  ],
  [
    "everyone, with a Deny that a caller without the key escapes",
    grant,
    denyUnless({ "ForAnyValue:StringNotEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } }),
  ],
  [
    "everyone, with a Deny for one account",
    grant,
    denyUnless(null, { Principal: { AWS: "arn:aws:iam::111122223333:root" } }),
  ],
  [
    "everyone, with a Deny for all but any role of a name",
    grant,
    denyUnless(null, { Principal: undefined, NotPrincipal: { AWS: "arn:aws:iam::*:role/reader" } }),
  ],
  ["one account, and everyone", to({ AWS: "111122223333" }), grant],
];

export const PRIVATE: [string, ...unknown[]][] = [
  ["an account by ARN", to({ AWS: "arn:aws:iam::111122223333:root" })],
  ["an account by id", to({ AWS: "111122223333" })],
  ["an account as bare text", to("arn:aws:iam::111122223333:root")],
  ["a deleted role's id", to({ AWS: "AROAEXAMPLEEXAMPLE123" })],
  ["sessions of a role of one account", to({ AWS: "arn:aws:sts::111122223333:assumed-role/reader/*" })],
  ["an account in China", to({ AWS: "arn:aws-cn:iam::111122223333:root" })],
  [
    "one origin access identity",
    to({ AWS: "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E2EXAMPLE" }),
  ],
  [
    "a canonical user",
    to({ CanonicalUser: "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be" }),
  ],
  ["a service", to({ Service: "cloudtrail.amazonaws.com" })],
  ["services", to({ Service: ["logging.s3.amazonaws.com", "delivery.logs.amazonaws.com"] })],
  [
    "a service for one trail",
    {
      ...when({ StringEquals: { "aws:SourceArn": "arn:aws:cloudtrail:us-east-1:111122223333:trail/t" } }),
      Principal: { Service: "cloudtrail.amazonaws.com" },
    },
  ],
  ["a provider of one account", to({ Federated: "arn:aws:iam::111122223333:saml-provider/login" })],

  ["an account", when({ StringEquals: { "aws:PrincipalAccount": "111122223333" } })],
  ["accounts", when({ StringEquals: { "aws:SourceAccount": ["111122223333", "444455556666"] } })],
  ["an account as a number", when({ StringEquals: { "aws:SourceAccount": 111122223333 } })],
  ["an account, as Like", when({ StringLike: { "aws:SourceOwner": "111122223333" } })],
  ["an organization", when({ StringEquals: { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } })],
  [
    "a unit of an organization and all below",
    when({ "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*" } }),
  ],
  ["a VPC", when({ StringEquals: { "aws:SourceVpc": "vpc-91237329" } })],
  ["a VPC endpoint", when({ StringEqualsIgnoreCase: { "aws:SourceVpce": "vpce-0a1b2c3d" } })],
  ["a topic", when({ ArnEquals: { "aws:SourceArn": "arn:aws:sns:us-east-1:111122223333:orders" } })],
  ["all topics of one account", when({ ArnLike: { "aws:SourceArn": "arn:aws:sns:*:111122223333:*" } })],
  ["a bucket", when({ ArnLike: { "aws:SourceArn": "arn:aws:s3:::uploads" } })],
  ["all roles of one account", when({ ArnLike: { "aws:PrincipalArn": "arn:aws:iam::111122223333:role/*" } })],
  [
    "access points of one account",
    when({ StringLike: { "s3:DataAccessPointArn": "arn:aws:s3:eu-west-1:111122223333:accesspoint/*" } }),
  ],
  [
    "access points of one account by its id",
    when({ StringEquals: { "s3:DataAccessPointAccount": "111122223333" } }),
  ],
  ["a role's sessions", when({ StringLike: { "aws:userid": "AROAEXAMPLEEXAMPLE123:*" } })],
  ["a user", when({ StringEquals: { "aws:userid": "AIDAEXAMPLEEXAMPLE123" } })],
  [
    "a key to encrypt with",
    when({
      StringEquals: {
        "s3:x-amz-server-side-encryption-aws-kms-key-id": "arn:aws:kms:us-east-1:111122223333:key/1234",
      },
    }),
  ],
  ["addresses", when({ IpAddress: { "aws:SourceIp": ["203.0.113.0/24", "198.51.100.7", "2001:db8::/32"] } })],
  ["the widest range there may be", when({ IpAddress: { "aws:SourceIp": "54.0.0.0/8" } })],
  [
    "private addresses",
    when({ IpAddress: { "aws:SourceIp": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"] } }),
  ],
  ["keys and operators in any case", when({ stringequals: { "AWS:sourcevpc": "vpc-91237329" } })],
  [
    "one strong condition among weak ones",
    when({
      Bool: { "aws:SecureTransport": "true" },
      StringEquals: { "aws:SourceVpc": "vpc-91237329" },
      StringLike: { "aws:UserAgent": "*" },
    }),
  ],
  [
    "everyone but one, of one organization",
    {
      ...when({ StringEquals: { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } }),
      Principal: undefined,
      NotPrincipal: { AWS: "111122223333" },
    },
  ],
  [
    "an IfExists whose key must be there",
    when({ StringEqualsIfExists: { "aws:SourceVpc": "vpc-91237329" }, Null: { "aws:SourceVpc": "false" } }),
  ],
  [
    "a ForAllValues whose key must be there",
    when({
      "ForAllValues:StringEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" },
      Null: { "AWS:PrincipalOrgId": false },
    }),
  ],

  [
    "everyone, but for a Deny unless through an endpoint",
    grant,
    denyUnless({ StringNotEquals: { "aws:SourceVpce": "vpce-0a1b2c3d" } }),
  ],
  [
    "everyone, but for a Deny unless from the office",
    denyUnless({ NotIpAddress: { "aws:SourceIp": "203.0.113.0/24" } }),
    grant,
  ],
  [
    "everyone, but for a Deny unless endpoint or office",
    grant,
    denyUnless({
      StringNotEqualsIfExists: { "aws:SourceVpce": "vpce-0a1b2c3d" },
      NotIpAddressIfExists: { "aws:SourceIp": "203.0.113.0/24" },
    }),
  ],
  [
    "everyone, but for a Deny unless of an organization",
    grant,
    denyUnless(
      { StringNotEquals: { "aws:PrincipalOrgID": ["o-a1b2c3d4e5"] } },
      { Principal: { AWS: ["*"] }, Action: "*", Resource: "*" },
    ),
  ],
  ["everyone, but for a Deny of all", grant, denyUnless(null)],
  [
    "everyone, but for a Deny of all but one role",
    grant,
    denyUnless(null, {
      Principal: undefined,
      NotPrincipal: { AWS: "arn:aws:iam::111122223333:role/reader" },
    }),
  ],
  ["nobody: only a Deny", denyUnless(null)],
];
