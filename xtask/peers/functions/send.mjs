// Send in Node: reads the rows that a letter needs, fills a text in, asks SES, and writes the outcome. It has no gate,
// no templates of Handlebars or MJML and no mark.

import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { SendEmailCommand, SESv2Client } from "@aws-sdk/client-sesv2";

import { control, dynamo, get, run, secret, table } from "./runtime.mjs";

const ses = new SESv2Client({ maxAttempts: 1 });
await secret("token-keys");
await secret("hash-key");
await control();

await run(async (event) => {
  await control();
  for (const record of event.Records) {
    const key = JSON.parse(record.body);
    const [send, customer] = await Promise.all([
      get(`C#${key.customer}`, `send#${key.send}`),
      get(`C#${key.customer}`, "profile"),
    ]);
    if (send?.state.S !== "planned") continue;
    const text = `Dear ${customer.name.S}, thank you for your order of ${customer.total.S}.`;
    const part = (Data) => ({ Data, Charset: "UTF-8" });
    await ses.send(
      new SendEmailCommand({
        FromEmailAddress: "hello@twoherons.example",
        Destination: { ToAddresses: [customer.email.S] },
        Content: { Simple: { Subject: part("Thank you"), Body: { Text: part(text), Html: part(`<p>${text}</p>`) } } },
      }),
    );
    await dynamo.send(
      new UpdateItemCommand({
        TableName: table,
        Key: { pk: { S: `C#${key.customer}` }, sk: { S: `send#${key.send}` } },
        UpdateExpression: "SET #state = :sent REMOVE due_at, due_shard",
        ExpressionAttributeNames: { "#state": "state" },
        ExpressionAttributeValues: { ":sent": { S: "sent" } },
      }),
    );
  }
  return { batchItemFailures: [] };
});
