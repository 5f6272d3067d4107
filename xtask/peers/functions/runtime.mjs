// The least that a Lambda runtime in Node is: what the real one does beside this would only cost more.

import http from "node:http";

import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";

export const table = process.env.REGULARS_TABLE;
export const dynamo = new DynamoDBClient({});
const ssm = new SSMClient({});

/** A secret of the shop. */
export async function secret(name) {
  const Name = `${process.env.REGULARS_PARAMETERS}/${name}`;
  return (await ssm.send(new GetParameterCommand({ Name, WithDecryption: true }))).Parameter.Value;
}

/** One row, read consistently. */
export async function get(pk, sk) {
  const Key = { pk: { S: pk }, sk: { S: sk } };
  return (await dynamo.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }))).Item;
}

/** The control row, which every function reads when it starts. */
export const control = () => get("X", "control");

const [hostname, port] = (process.env.AWS_LAMBDA_RUNTIME_API ?? "").split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const request = http.request({ hostname, port, method, path: `/2018-06-01/runtime/${path}`, agent }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (part) => (text += part));
      answer.on("end", () => resolve({ id: answer.headers["lambda-runtime-aws-request-id"], text }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** Takes one event after the other. */
export async function run(handle) {
  for (;;) {
    const { id, text } = await call("GET", "invocation/next");
    try {
      const answer = await handle(JSON.parse(text), id);
      await call("POST", `invocation/${id}/response`, JSON.stringify(answer));
    } catch (error) {
      await call("POST", `invocation/${id}/error`, JSON.stringify({ errorMessage: String(error) }));
    }
  }
}
