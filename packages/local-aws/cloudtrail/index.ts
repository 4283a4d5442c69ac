export {
  createCloudTrail,
  type CloudTrail,
  type CloudTrailOptions,
  type CloudTrailStatistics,
} from "./cloudtrail";
export type { DeliveryFailure } from "./delivery";
export { signInAt, signInEndpoint, type SignIn, type SignInResult } from "./sign-in";
