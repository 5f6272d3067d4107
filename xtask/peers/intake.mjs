// The peer of `cargo xtask bench intake`: an order webhook in Node, with its own crypto and its own JSON.
//
// It does less than the Rust function, in the plain style of a handler that trusts what is signed: no field is checked
// for its type, length or range, amounts are rounded floats, the customer is folded but for coupons, refunds and
// versions, and the decision is one date instead of five flows. It prints what it read, so that both can be compared.

import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";

const [file, secret, text] = process.argv.slice(2);
const count = Number(text);
const body = readFileSync(file, "utf8");
const headers = {
  "content-type": "application/json",
  "x-shopify-topic": "orders/create",
  "x-shopify-hmac-sha256": createHmac("sha256", secret).update(body).digest("base64"),
};
const DAY = 86_400_000;

function verify(headers, body) {
  const given = Buffer.from(headers["x-shopify-hmac-sha256"] ?? "", "base64");
  const wanted = createHmac("sha256", secret).update(body).digest();
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw new Error("the signature is wrong");
}

const minor = (set, plain) => Math.round(Number(set?.shop_money?.amount ?? plain ?? 0) * 100);
const time = (value) => (value ? Date.parse(value) : null);

function parse(body) {
  const raw = JSON.parse(body);
  const buyer = raw.customer ?? {};
  const place = [raw.shipping_address, raw.billing_address, buyer.default_address].find((a) => a?.country_code);
  const consent = buyer.email_marketing_consent;
  return {
    person: {
      id: buyer.id === undefined ? null : String(buyer.id),
      email: (raw.email ?? raw.contact_email ?? buyer.email ?? "").trim().toLowerCase(),
      name: buyer.first_name ?? raw.billing_address?.first_name ?? null,
      locale: raw.customer_locale ?? null,
      country: place?.country_code ?? null,
      region: place?.province_code ?? null,
    },
    consent: consent ? { said: consent.state, at: time(consent.consent_updated_at) } : null,
    order: {
      id: `shopify:${raw.id}`,
      number: raw.name,
      placedAt: time(raw.processed_at ?? raw.created_at),
      stamp: { at: time(raw.updated_at), hash: createHash("sha256").update(body).digest("hex").slice(0, 16) },
      payment: raw.financial_status,
      cancelledAt: time(raw.cancelled_at),
      fulfilled: raw.fulfillment_status === "fulfilled",
      test: raw.test === true,
      currency: raw.currency,
      minor: minor(raw.total_price_set, raw.total_price),
      subtotal: minor(raw.subtotal_price_set, raw.subtotal_price),
      discount: minor(raw.total_discounts_set, raw.total_discounts),
      shipping: minor(raw.total_shipping_price_set, 0),
      tax: minor(raw.total_tax_set, raw.total_tax),
      lines: raw.line_items.map((line) => ({
        product: line.sku || `variant:${line.variant_id}`,
        title: line.title,
        variant: line.variant_title,
        quantity: line.quantity,
        unitMinor: minor(line.price_set, line.price),
      })),
      codes: raw.discount_codes.map((code) => code.code),
    },
  };
}

function decide(customer, { person, consent, order }) {
  const after = { ...customer, ...person, consent: consent ?? customer.consent, count: customer.count + 1 };
  after.spent = customer.spent + order.minor;
  after.orders = [{ id: order.id, at: order.placedAt }, ...customer.orders].sort((a, b) => b.at - a.at).slice(0, 20);
  after.products = new Map(customer.products);
  for (const line of order.lines) {
    const known = after.products.get(line.product) ?? { orders: 0, units: 0, last: 0 };
    const next = { orders: known.orders + 1, units: known.units + line.quantity, last: order.placedAt };
    after.products.set(line.product, next);
  }
  after.nextLook = order.placedAt + 180 * DAY;
  return { customer: after, sends: [{ flow: "order_status", order: order.id }] };
}

function takeIn(customer) {
  verify(headers, body);
  const event = parse(body);
  return { event, decision: decide(customer, event) };
}

let customer = { count: 0, spent: 0, orders: [], products: new Map(), consent: null };
for (let number = 5; number > 0; number--) {
  const event = parse(body);
  event.order.id = `shopify:earlier-${number}`;
  event.order.placedAt -= number * 40 * DAY;
  customer = decide(customer, event).customer;
}

// As long as it takes for the compiler to have seen all of it.
for (let n = 0; n < Math.min(count, 5_000); n++) takeIn(customer);
const before = process.cpuUsage();
let last;
for (let n = 0; n < count; n++) last = takeIn(customer);
const spent = process.cpuUsage(before);
const { number, minor: total, lines } = last.event.order;
console.log(
  JSON.stringify({
    webhooks: count,
    cpu_ns: (spent.user + spent.system) * 1000,
    read: { number, minor: total, lines: lines.length },
    orders: last.decision.customer.count,
    sends: last.decision.sends.length,
  }),
);
