/** For AWS SDK clients: no call may hang for as long as the function may run. */
export const REQUEST_LIMITS = {
  connectionTimeout: 2_000,
  requestTimeout: 10_000,
  throwOnRequestTimeout: true,
};
