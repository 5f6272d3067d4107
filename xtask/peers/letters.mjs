// The peer of `cargo xtask bench letters`: the same letters in Node, with handlebars, mjml and juice.
//
// It is given each letter's fields as the Rust side made them, so it looks nothing up, makes no view, checks no link, writes no text
// part and holds no letter to its size, which favours it. Helpers format with Intl, whose formatters are kept.

import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { createRequire } from "node:module";

const [templates, made, modules, text] = process.argv.slice(2);
const rounds = Number(text);
const require = createRequire(join(modules, "package.json"));
const Handlebars = require("handlebars");
const mjml2html = require("mjml");
const juice = require("juice");

const kept = new Map();
const format = (kind, locale, options) => {
  const key = `${kind} ${locale} ${JSON.stringify(options)}`;
  if (!kept.has(key)) kept.set(key, new Intl[kind](locale, options));
  return kept.get(key);
};
const letterOf = (options) => options.data.root.letter;
const locale = (options) => letterOf(options).formats;
const day = (value) => new Date(`${value.$date}T00:00:00Z`);
const handlebars = Handlebars.create();
handlebars.registerHelper({
  money: (value, o) => format("NumberFormat", locale(o), { style: "currency", currency: value.currency }).format(value.$money),
  date: (value, o) => format("DateTimeFormat", locale(o), { dateStyle: o.hash.format ?? "long", timeZone: "UTC" }).format(day(value)),
  relative: (value, o) =>
    format("RelativeTimeFormat", locale(o), { numeric: "auto" }).format(Math.round((day(value) - day(letterOf(o).date)) / 86_400_000), "day"),
  number: (value, o) => format("NumberFormat", locale(o), {}).format(value),
  percent: (value, o) => format("NumberFormat", locale(o), { style: "percent" }).format(value / 100),
  list: (value, o) => format("ListFormat", locale(o), {}).format(value),
  plural: (value, o) => (o.hash[format("PluralRules", locale(o), {}).select(value)] ?? o.hash.other).replace("#", String(value)),
  link: (url) => url,
  paragraphs: (value) => value.split("\n\n").map((part) => part.split(/\s+/).join(" ").trim()).filter(Boolean),
});
for (const file of readdirSync(join(templates, "layout")).filter((name) => name.endsWith(".mjml"))) {
  handlebars.registerPartial(`layout/${basename(file, ".mjml")}`, readFileSync(join(templates, "layout", file), "utf8"));
}
const index = JSON.parse(readFileSync(join(made, "index.json"), "utf8")).filter((entry) => entry.locale === "en");
const letters = index.map((entry) => ({
  template: handlebars.compile(readFileSync(join(templates, "flows", entry.flow, `${entry.letter}.mjml`), "utf8")),
  fields: JSON.parse(readFileSync(join(made, `${entry.name}.json`), "utf8")),
}));

const write = (letter) => letter.template(letter.fields);
const whole = (letter) => juice(mjml2html(write(letter), { validationLevel: "skip", fonts: {} }).html, { resolveCSSVariables: false });
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
};
if (rounds === 0) {
  const html = whole(letters[0]);
  console.log(JSON.stringify({ cpu_ns: cpu(), bytes: html.length }));
} else {
  letters.forEach(whole);
  let before = cpu();
  for (let round = 0; round < rounds * 20; round += 1) letters.forEach(write);
  const handlebarsNs = (cpu() - before) / 20;
  before = cpu();
  let bytes = 0;
  for (let round = 0; round < rounds; round += 1) for (const letter of letters) bytes += whole(letter).length;
  console.log(JSON.stringify({ letters: letters.length * rounds, cpu_ns: cpu() - before, handlebars_cpu_ns: handlebarsNs, bytes: Math.round(bytes / letters.length / rounds) }));
}
