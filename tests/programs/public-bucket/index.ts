/** A program with one fault: its bucket is everyone's. */
import * as aws from "@pulumi/aws";

const bucket = new aws.s3.Bucket("site", { bucket: "a-public-site" });
new aws.s3.BucketPolicy("site", {
  bucket: bucket.bucket,
  policy: JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "Everyone",
        Effect: "Allow",
        Principal: "*",
        Action: "s3:GetObject",
        Resource: "arn:aws:s3:::a-public-site/*",
      },
    ],
  }),
});
