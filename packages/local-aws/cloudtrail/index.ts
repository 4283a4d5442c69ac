export { createCloudTrail, type CloudTrail } from "./cloudtrail";
export { signInAt, signInEndpoint } from "./sign-in";
