// Scan in Node: reads what is due in every shard of every lane. It finds nothing in its own table, so it decides,
// writes and dispatches nothing.

import { QueryCommand } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";

import { control, dynamo, run, secret, table } from "./runtime.mjs";

export const sqs = new SQSClient({ md5: false });
await secret("hash-key");
await control();

const LANES = ["look", "settle", "now", "high", "middle", "low"];
const shards = LANES.flatMap((lane) => Array.from({ length: 16 }, (_, number) => `${lane}#${number}`));

await run(async () => {
  const now = String(Date.now());
  const due = shards.map((shard) =>
    dynamo.send(
      new QueryCommand({
        TableName: table,
        IndexName: "due",
        KeyConditionExpression: "due_shard = :shard AND due_at <= :now",
        ExpressionAttributeValues: { ":shard": { S: shard }, ":now": { N: now } },
        Limit: 100,
      }),
    ),
  );
  return (await Promise.all(due)).every((page) => page.Items.length === 0);
});
