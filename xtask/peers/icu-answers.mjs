// What ICU (the C++ library, in Node) says of numbers, money, dates, plurals and lists in the languages of the letters:
// node xtask/peers/icu-answers.mjs > shared/letters/tests/icu-answers.json
// `letters::format` is held to it by a test.

const locales = ["en-IE", "en-US", "pl", "ja", "zh-Hans"];
const numbers = [0, 1, 2, 3, 4, 5, 11, 12, 14, 21, 22, 25, 100, 101, 102, 1234, 12345, 1000000];
const amounts = [
  ["0.00", "EUR"], ["1234.50", "EUR"], ["12345.60", "EUR"], ["980", "JPY"], ["12400", "JPY"], ["12.00", "PLN"],
  ["-3.50", "GBP"], ["1.235", "KWD"], ["19.99", "USD"], ["100.00", "CNY"],
];
const days = ["2026-01-01", "2026-03-14", "2026-05-31", "2026-12-05", "2028-02-29"];
const forms = ["full", "long", "medium", "short"];
const relative = [-40, -2, -1, 0, 1, 2, 3, 5, 30];
const lists = [["A"], ["A", "B"], ["A", "B", "C"], ["A", "B", "C", "D"]];

const answers = locales.map((locale) => ({
  locale,
  plurals: numbers.map((number) => [number, new Intl.PluralRules(locale).select(number)]),
  numbers: numbers.map((number) => [number, new Intl.NumberFormat(locale).format(number)]),
  percents: [5, 10, 100].map((number) => [number, new Intl.NumberFormat(locale, { style: "percent" }).format(number / 100)]),
  amounts: amounts.map(([amount, currency]) => [amount, currency, new Intl.NumberFormat(locale, { style: "currency", currency }).format(amount)]),
  dates: days.flatMap((day) => forms.map((form) => [day, form, new Intl.DateTimeFormat(locale, { dateStyle: form, timeZone: "UTC" }).format(new Date(`${day}T00:00:00Z`))])),
  relative: relative.map((days) => [days, new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(days, "day")]),
  lists: lists.map((list) => [list, new Intl.ListFormat(locale).format(list)]),
}));
console.log(JSON.stringify({ icu: process.versions.icu, cldr: process.versions.cldr, answers }, null, 1));
