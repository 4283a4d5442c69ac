/**
 * Advises against passwords and access keys of users. No program can set up the user's MFA device, which a person holds, or know whether
 * there is one: so it advises and never refuses.
 */
import { preventionOf } from "../lib/prevention";
import { control } from "./control";

export const prevention = preventionOf(
  control,
  {
    "aws:iam/userLoginProfile:UserLoginProfile": (_, report) => {
      report(
        "The password alone would open the account until the user has an MFA device, which no program can set up. Let people sign in " +
          "through IAM Identity Center, where MFA is required of everyone.",
      );
    },
    "aws:iam/accessKey:AccessKey": (inputs, report) => {
      if (inputs["status"] === "Inactive") return;
      report(
        "The key alone would open the account, for as long as it exists, and the stack's state contains it. Give programs a role, for " +
          "example through OpenID Connect or IAM Roles Anywhere.",
      );
    },
  },
  { advisoryBecause: "No program can know whether a user has an MFA device, which a person sets up." },
);
