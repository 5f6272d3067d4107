//! Values that somebody might type, or make a storefront send, to get out of the place that is theirs. The same seed gives
//! the same values.

/// What looks like chance, and comes again with its seed (splitmix64, Steele, Lea and Flood 2014).
#[derive(Debug, Clone)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next() % count as u64).unwrap()
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn of<'t>(&mut self, list: &[&'t str]) -> &'t str {
        list[self.below(list.len())]
    }
}

/// Ends of lines, of strings and of patience.
const BREAKS: &[&str] = &[
    "\r\n",
    "\n",
    "\r",
    "\0",
    "\u{2028}",
    "\u{2029}",
    "\u{85}",
    "\u{b}",
    "\u{c}",
    "\u{1b}",
    "\u{7f}",
    "\u{9d}",
    "\t",
    "\r\n ",
    "\r\n\t",
    "\n\n",
    "%0d%0a",
    "%0A",
    "\\r\\n",
    "&#13;&#10;",
    "&#x0a;",
    "&NewLine;",
    "=0D=0A",
];
/// Headers and bodies that a break would make room for.
const HEADERS: &[&str] = &[
    "Bcc: all@evil.example",
    "To: other@evil.example",
    "Subject: other",
    "Content-Type: text/html",
    "X-Evil: 1",
    "\r\n\r\n<html>",
    "--boundary",
    "=?UTF-8?B?DQpCY2M6IGFAZXZpbC5leGFtcGxl?=",
    "=?utf-8?q?=0d=0aBcc:_a@evil.example?=",
    "=?UTF-8?Q?a?= =?UTF-8?Q?b?=",
    "=?",
    "?=",
    "<a@evil.example>",
    ", b@evil.example",
    "\"a\" <b@evil.example>",
    ";",
    "\\",
];
/// Markup, in every state in which a parser may be.
const MARKUP: &[&str] = &[
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\" onmouseover=\"x",
    "' style='position:fixed",
    "<",
    ">",
    "&",
    "\"",
    "'",
    "`",
    "</a>",
    "</td></tr></table>",
    "</mj-text>",
    "<mj-raw><b>",
    "<mj-include path=\"/etc/passwd\"/>",
    "--><b>",
    "<!--",
    "<![endif]-->",
    "<!--[if mso]>",
    "]]>",
    "<![CDATA[",
    "<?xml version=\"1.0\"?>",
    "<!DOCTYPE html [",
    "</title>",
    "</style>",
    "<style>*{}",
    "<svg/onload=x>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh>",
    "<form action=x>",
    "&lt;b&gt;",
    "&amp;lt;b&amp;gt;",
    "&#60;b&#62;",
    "&#x3c;b",
    "&lt",
    "&#0;",
    "&#xD800;",
    "&quot;",
    "\u{ff1c}script\u{ff1e}",
    "<a href=\"javascript:x\">",
    "/>",
    "=",
    "<a",
    "onclick=",
];
/// What a template engine would take for its own.
const TEMPLATES: &[&str] = &[
    "{{shop.name}}",
    "{{{shop.name}}}",
    "{{{",
    "}}}",
    "{{",
    "}}",
    "{{#each this}}",
    "{{/each}}",
    "{{> layout}}",
    "{{else}}",
    "{{!--",
    "--}}",
    "{{lookup this 'x'}}",
    "{{@root}}",
    "{{~",
    "\\{{x}}",
    "{%",
    "%}",
    "${x}",
    "#{x}",
    "[[${x}]]",
    "<%= x %>",
];
/// Signs that change how others are read.
const SIGNS: &[&str] = &[
    "\u{202e}",
    "\u{202a}",
    "\u{202d}",
    "\u{202c}",
    "\u{2066}",
    "\u{2067}",
    "\u{2068}",
    "\u{2069}",
    "\u{200e}",
    "\u{200f}",
    "\u{200b}",
    "\u{200d}",
    "\u{feff}",
    "\u{ad}",
    "\u{34f}",
    "\u{fffd}",
    "\u{fffe}",
    "\u{ffff}",
    "\u{fdd0}",
    "\u{10ffff}",
    "\u{e000}",
    "\u{e0041}",
    "\u{1f1ee}",
    "e\u{301}\u{301}\u{301}\u{301}",
    "\u{a0}",
    "\u{3000}",
    "\u{61c}",
    "\u{5d0}\u{5d1}",
    "\u{fdfd}",
    "\u{1242b}",
    "ﬀ",
    "İ",
    "ŉ",
    "ß",
    "\\ud800",
    "\\udc00",
    "%ED%A0%80",
    "%c0%ae",
    "%00",
    "%",
    "%zz",
    "+",
    "\u{0}",
];
/// Schemes, as they are written and as they are hidden.
const SCHEMES: &[&str] = &[
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    " javascript:x",
    "\u{1}javascript:x",
    "&#106;avascript:x",
    "javascript&colon;x",
    "javascript&#58;x",
    "%6aavascript:x",
    "vbscript:x",
    "VBScript:x",
    "data:text/html,<b>",
    "data:image/svg+xml;base64,PHN2Zz4=",
    "DATA:text/html;base64,PGI+",
    "file:///etc/x",
    "ftp://twoherons.example/",
    "blob:https://twoherons.example/x",
    "view-source:https://twoherons.example/",
    "about:blank",
    "http://twoherons.example/",
    "HTTPS://twoherons.example/",
    "https:twoherons.example/",
    "https:/twoherons.example/",
    "https:\\\\twoherons.example\\",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/",
    "#x",
    "",
    "?",
    "mailto:a@evil.example?bcc=b@evil.example",
    "tel:+1900",
    "sms:+1900",
    "cid:x",
    "feed:https://x.example/",
];
/// Hosts that are not what they look like.
const HOSTS: &[&str] = &[
    "https://twoherons.example@evil.example/",
    "https://twoherons.example:443@evil.example/",
    "https://a:b@twoherons.example/",
    "https://evil.example\\@twoherons.example/",
    "https://evil.example#@twoherons.example/",
    "https://evil.example?.twoherons.example/",
    "https://twoherons.example.evil.example/",
    "https://eviltwoherons.example/",
    "https://twoherons.example\u{3002}evil.example/",
    "https://twoherons.exаmple/",
    "https://xn--twoherons-x.example/",
    "https://tᴡoherons.example/",
    "https://twoherons%2eexample/",
    "https://twoherons.example%2f@evil.example/",
    "https://twoherons.example%00.evil.example/",
    "https://TWOHERONS.example/",
    "https://twoherons.example./",
    "https://twoherons.example:8443/",
    "https://twoherons.example:99999/",
    "https://twoherons.example:x/",
    "https:///x",
    "https://",
    "https://.",
    "https://[::1]/",
    "https://[",
    "https://0x7f.1/",
    "https://127.0.0.1/",
    "https://localhost/",
    "https://evil.example/",
    "https://evil.example/?u=https://twoherons.example/",
    "https://twoherons.example\u{200b}/",
    "https://twoherons.example/\u{202e}gnp.exe",
    "https://\u{202e}elpmaxe.live/",
    "https://twoherons.example/ onclick=x",
    "https://twoherons.example/\"onclick=\"x",
    "https://twoherons.example/'><b>",
    "https://twoherons.example/{{{x}}}",
    "https://twoherons.example/%0d%0aX:1",
    "https://twoherons.example/a?b=1&c=2#d",
    "https://twoherons.example/utm_source",
    "https://curlew.example/t?n=1&amp;x=2",
    "https://curlew.example/%E2%80%AE",
    "https://curlew.example",
    "https://a..b/",
    "https://-/",
    "https://curlew.example:443/t",
    "https://curlew_.example/x",
    "https://ﬀ.example/",
    "https://☃.example/",
    "https://letters.twoherons.example/u/x",
    "https://images.twoherons.example/a.png",
    "https://twoherons.example",
];

/// The most bytes of a text that an adapter lets in.
const MAX_BYTES: usize = 2_000;

/// A text that begins with a letter, so that the place does not count as empty, which is another letter.
pub(crate) fn text(chance: &mut Chance) -> String {
    let mut value = "x".to_owned();
    for _ in 0..=chance.below(4) {
        value.push_str(fragment(chance));
        if chance.one_in(3) {
            value.push_str(chance.of(&["a", "Tea", " ", "é", "茶", "1"]));
        }
    }
    if chance.one_in(40) {
        let again = MAX_BYTES / value.len().max(1);
        value = value.repeat(chance.below(again + 1).max(1));
    }
    value
}

/// Something that stands where a URL belongs.
pub(crate) fn url(chance: &mut Chance) -> String {
    let mut value = match chance.below(8) {
        0 | 1 => chance.of(SCHEMES).to_owned(),
        2..=6 => chance.of(HOSTS).to_owned(),
        _ => fragment(chance).to_owned(),
    };
    if chance.one_in(3) {
        let at = chance.below(value.len() + 1);
        let at = (at..=value.len()).find(|at| value.is_char_boundary(*at)).unwrap_or(0);
        value.insert_str(at, fragment(chance));
    }
    if chance.one_in(40) {
        value.push_str(&"a".repeat(chance.below(MAX_BYTES)));
    }
    value
}

fn fragment<'t>(chance: &mut Chance) -> &'t str {
    let list = match chance.below(14) {
        0 | 1 => BREAKS,
        2 | 3 => HEADERS,
        4..=7 => MARKUP,
        8 | 9 => TEMPLATES,
        10 | 11 => SIGNS,
        12 => SCHEMES,
        _ => HOSTS,
    };
    chance.of(list)
}
