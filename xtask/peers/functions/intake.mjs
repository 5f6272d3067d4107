// Intake in Node: verifies and parses an order, finds the customer, writes customer, order, aliases and a send in one
// transaction, puts the send on the queue. It has no rules: no flow is looked at, no field is checked.

import { createHash, createHmac, timingSafeEqual } from "node:crypto";

import { TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";

import { control, dynamo, get, run, secret, table } from "./runtime.mjs";

const sqs = new SQSClient({ md5: false });
const hashKey = await secret("hash-key");
const webhookSecret = await secret("source/shopify");
await control();

const hash = (...parts) => createHmac("sha256", hashKey).update(parts.join("\0")).digest("hex").slice(0, 32);
const put = (pk, sk, fields) => ({
  Put: {
    TableName: table,
    Item: { pk: { S: pk }, sk: { S: sk }, ...fields },
    ConditionExpression: "attribute_not_exists(pk)",
  },
});

await run(async (event) => {
  const body = event.isBase64Encoded ? Buffer.from(event.body, "base64").toString("utf8") : event.body;
  const given = Buffer.from(event.headers["x-shopify-hmac-sha256"] ?? "", "base64");
  const wanted = createHmac("sha256", webhookSecret).update(body).digest();
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return { statusCode: 401 };
  const order = JSON.parse(body);
  const alias = hash("storefront", "shopify", String(order.customer.id));
  if (await get(`A#${alias}`, "alias")) return { statusCode: 200, body: '{"outcome":"already"}' };
  const customer = createHash("sha256").update(alias).digest("hex").slice(0, 20);
  const send = createHash("sha256").update(`${customer} confirmed ${order.id}`).digest("hex").slice(0, 32);
  const lines = order.line_items.map((line) => ({
    M: { sku: { S: line.sku }, title: { S: line.title }, quantity: { N: String(line.quantity) }, price: { S: line.price } },
  }));
  const total = { S: order.total_price };
  const TransactItems = [
    put(`C#${customer}`, "profile", { email: { S: order.email }, name: { S: order.customer.first_name }, version: { N: "1" }, total }),
    put(`C#${customer}`, `order#${order.id}`, { number: { S: order.name }, lines: { L: lines }, total }),
    put(`C#${customer}`, `send#${send}`, { state: { S: "planned" }, due_shard: { S: "now#0" }, due_at: { N: String(Date.now()) } }),
    put(`A#${alias}`, "alias", { customer: { S: customer } }),
    put(`A#${hash("email", order.email)}`, "alias", { customer: { S: customer } }),
  ];
  await dynamo.send(new TransactWriteItemsCommand({ TransactItems }));
  const MessageBody = JSON.stringify({ v: 1, customer, send });
  const Entries = [{ Id: "0", MessageBody }];
  await sqs.send(new SendMessageBatchCommand({ QueueUrl: process.env.REGULARS_TRANSACTIONAL_QUEUE, Entries }));
  return { statusCode: 200, body: '{"outcome":"recorded"}' };
});
