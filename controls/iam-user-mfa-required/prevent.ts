/**
 * Points out where a Pulumi program gives a user a password or an access key. No program can set up the user's MFA device, which lies in
 * a person's hand, and none knows whether there is one: so it is advised, never refused.
 */
import { preventionOf } from "../lib/prevention";
import { control } from "./control";

export const prevention = preventionOf(
  control,
  {
    "aws:iam/userLoginProfile:UserLoginProfile": (_, report) => {
      report(
        "The password alone would open the account until the user has an MFA device, which no program can set up. Let people sign in " +
          "through IAM Identity Center, where MFA is asked of everyone.",
      );
    },
    "aws:iam/accessKey:AccessKey": (inputs, report) => {
      if (inputs["status"] === "Inactive") return;
      report(
        "The key alone would open the account, for as long as it exists, and stands in the stack's state. Give programs a role, for " +
          "example through OpenID Connect or IAM Roles Anywhere.",
      );
    },
  },
  { enforcementLevel: "advisory" },
);
