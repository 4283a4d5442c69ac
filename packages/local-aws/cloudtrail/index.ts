export {
  createCloudTrail,
  type CloudTrail,
  type CloudTrailOptions,
  type CloudTrailStatistics,
} from "./cloudtrail";
export type { DeliveryFailure } from "./delivery";
export { signInAt, signInDoor, type SignIn, type SignInResult } from "./sign-in";
