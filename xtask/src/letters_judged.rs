//! `cargo xtask prove letters`: every letter in every language, judged by tools that others keep.
//!
//! - HTML by the Nu validator (Java): no error but what only mail programs know.
//! - Accessibility by axe-core in Chromium, by day and in dark mode: nothing serious.
//! - Spam by `SpamAssassin`'s own rules (no network): under [`MAX_SPAM`] points.
//! - What Gmail and Outlook do not take: a style sheet over Gmail's size, layout that Outlook's Word engine does not know.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use letters::{Letter, Letters, samples};
use mail_builder::MessageBuilder;
use mail_builder::headers::raw::Raw;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::npm::package;
use crate::python::output;
use crate::say;

/// `SpamAssassin` calls five points spam; a letter of ours is far from it.
const MAX_SPAM: f64 = 1.0;
/// Gmail leaves out a style sheet that is longer, in characters.
const MAX_STYLE: usize = 8_192;
/// What npm gives: the validator's jar, the accessibility checks.
const VALIDATOR: &str = "vnu-jar@26.9.27";
const AXE: &str = "axe-core@4.14.1";
/// What HTML does not know and mail programs do: SES's own attribute, Office's names and CSS, what Apple Mail and MJML write.
const MAIL_ONLY: [&str; 6] = [
    "“ses:no-track”",
    "“xmlns:v”",
    "“xmlns:o”",
    "CSS: “mso-",
    "CSS: “supported-color-schemes”",
    "“vertical-align” not allowed on element “td”",
];
/// CSS that mail programs drop or take for something else.
const NO_CSS: [&str; 8] =
    ["display:flex", "display: flex", "display:grid", "display: grid", "position:", "float:", "url(", "@import"];

/// One letter, made.
struct Made {
    name: String,
    letter: Letter,
}

/// Judges all of them.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let made = all(root)?;
    let place = root.join("target/prove/letters");
    fs::create_dir_all(&place).map_err(|e| format!("{}: {e}", place.display()))?;
    for Made { name, letter } in &made {
        let file = place.join(format!("{name}.html"));
        fs::write(&file, &letter.html).map_err(|e| format!("{}: {e}", file.display()))?;
    }
    let mut found = limits(&made);
    found.extend(valid(root, &place, &made)?);
    found.extend(accessible(root, &place, &made)?);
    let (spam, most) = spam(&place, &made)?;
    found.extend(spam);
    for finding in found.iter().take(40) {
        say(finding);
    }
    let line = json!({ "proof": "letters", "letters": made.len(), "most_spam": most, "findings": found.len() });
    say(&line.to_string());
    if found.is_empty() { Ok(()) } else { Err(format!("{} findings", found.len())) }
}

fn all(root: &Path) -> Result<Vec<Made>, String> {
    let tree = shop::read(&root.join("templates")).map_err(|mistakes| mistakes.to_string())?;
    let letters = Letters::new(&tree);
    let sample = samples::all(&tree).into_iter().next().ok_or("there is no sample customer")?;
    let mut made = Vec::new();
    for locale in tree.letters.words.keys() {
        let reader = sample.reading(locale);
        for flow in &tree.shop.flows {
            for step in &flow.steps {
                let letter = reader.compose(&tree, &letters, flow, step).map_err(|e| e.to_string())?;
                made.push(Made { name: format!("{}.{}.{locale}", flow.name, step.letter), letter });
            }
        }
    }
    Ok(made)
}

fn limits(made: &[Made]) -> Vec<String> {
    let mut found = Vec::new();
    for Made { name, letter } in made {
        let sheets = letter.html.split("<style").skip(1).filter_map(|rest| rest.split("</style>").next());
        let longest = sheets.map(|sheet| sheet.chars().count()).max().unwrap_or_default();
        if longest > MAX_STYLE {
            found.push(format!(
                "{name}: a style sheet of {longest} characters; Gmail leaves out what is over {MAX_STYLE}"
            ));
        }
        let html = letter.html.to_ascii_lowercase();
        found.extend(NO_CSS.iter().filter(|css| html.contains(*css)).map(|css| format!("{name}: `{css}` in CSS")));
        if html.contains("<svg") || html.contains("src=\"data:") {
            found.push(format!("{name}: a picture that Gmail does not show"));
        }
    }
    found
}

#[derive(Deserialize)]
struct Validated {
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    url: String,
    #[serde(default)]
    message: String,
}

/// What the Nu validator calls an error.
fn valid(root: &Path, place: &Path, made: &[Made]) -> Result<Vec<String>, String> {
    let jar = package(root, VALIDATOR)?.join("build/dist/vnu.jar");
    let files: Vec<PathBuf> = made.iter().map(|made| place.join(format!("{}.html", made.name))).collect();
    let mut java = Command::new("java");
    java.arg("-jar")
        .arg(&jar)
        .args(["--errors-only", "--format", "json", "--stdout", "--exit-zero-always"])
        .args(&files);
    let judged: Validated = serde_json::from_slice(&output(&mut java)?).map_err(|e| format!("vnu: {e}"))?;
    let wrong =
        judged.messages.into_iter().filter(|error| !MAIL_ONLY.iter().any(|known| error.message.contains(known))).map(
            |error| {
                let file = error.url.rsplit('/').next().unwrap_or_default().to_owned();
                format!("{file}: {}", error.message)
            },
        );
    Ok(wrong.collect())
}

/// What axe-core finds serious, by day and in dark mode.
fn accessible(root: &Path, place: &Path, made: &[Made]) -> Result<Vec<String>, String> {
    let axe = package(root, AXE)?.join("axe.min.js");
    let axe = fs::read_to_string(&axe).map_err(|e| format!("{}: {e}", axe.display()))?;
    let all: Vec<Value> = made.iter().map(|made| json!({ "name": made.name, "html": made.letter.html })).collect();
    // A script ends at the first `</script`, also within a text.
    let text = |value: &Value| value.to_string().replace("</", "<\\/");
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>axe</title><body><script>const axe={};const letters={};{JUDGE}</script>",
        text(&json!(axe)),
        text(&json!(all))
    );
    let file = place.join("axe.html");
    fs::write(&file, page).map_err(|e| format!("{}: {e}", file.display()))?;
    let mut chromium = Command::new("chromium");
    chromium.args(["--headless", "--no-sandbox", "--disable-gpu", "--log-level=3", "--window-size=700,1200"]);
    chromium.args(["--virtual-time-budget=3600000", "--dump-dom"]).arg(format!("file://{}", file.display()));
    let dom =
        output(chromium.stderr(Stdio::null())).map_err(|e| format!("{e}: Debian's package chromium is needed"))?;
    let dom = String::from_utf8_lossy(&dom);
    let said = dom.split("<pre id=\"found\">").nth(1).and_then(|rest| rest.split("</pre>").next());
    let said = said.ok_or("axe did not come to its end in Chromium")?;
    let said = said.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    serde_json::from_str(&said).map_err(|e| format!("axe: {e}"))
}

/// Each letter in a frame of its own, one after the other: what is serious or worse, and where.
const JUDGE: &str = r#"
async function judge(letter, dark) {
  const frame = document.createElement("iframe");
  frame.width = 700; frame.height = 1200;
  const html = dark ? letter.html.replaceAll(/\(prefers-color-scheme:\s*dark\)/g, "all") : letter.html;
  await new Promise((loaded) => { frame.onload = loaded; frame.srcdoc = html; document.body.append(frame); });
  const script = frame.contentDocument.createElement("script");
  script.textContent = axe;
  frame.contentDocument.head.append(script);
  const judged = await frame.contentWindow.axe.run(frame.contentDocument, { resultTypes: ["violations"] });
  frame.remove();
  const serious = judged.violations.filter((v) => v.impact === "serious" || v.impact === "critical");
  return serious.flatMap((v) => v.nodes.slice(0, 2).map((n) => `${letter.name}${dark ? ", dark" : ""}: ${v.id}: ${n.html.slice(0, 160)}`));
}
(async () => {
  const found = [];
  try {
    for (const letter of letters) for (const dark of [false, true]) found.push(...await judge(letter, dark));
  } catch (error) { found.push(`axe: ${error}`); }
  const pre = document.createElement("pre");
  pre.id = "found";
  pre.textContent = JSON.stringify(found);
  document.body.replaceChildren(pre);
})();
"#;

/// The letters that `SpamAssassin` gives too many points, and the most that it gives any.
fn spam(place: &Path, made: &[Made]) -> Result<(Vec<String>, f64), String> {
    let mut mailbox = Vec::new();
    for made in made {
        mailbox.extend_from_slice(b"From regulars Thu Jan  1 00:00:00 2026\n");
        let mail = mail(made)?;
        // A line that begins like the separator of a mailbox is quoted in one.
        for line in mail.split(|byte| *byte == b'\n') {
            if line.starts_with(b"From ") {
                mailbox.push(b'>');
            }
            mailbox.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
            mailbox.push(b'\n');
        }
        mailbox.push(b'\n');
    }
    let file = place.join("letters.mbox");
    fs::write(&file, mailbox).map_err(|e| format!("{}: {e}", file.display()))?;
    let mut judge = Command::new("spamassassin");
    judge.args(["--local", "--test-mode", "--mbox"]).arg(&file).stderr(Stdio::null());
    let said = output(&mut judge).map_err(|e| format!("{e}: Debian's package spamassassin is needed"))?;
    let said = String::from_utf8_lossy(&said);
    let statuses: Vec<&str> = said.split("\nX-Spam-Status: ").skip(1).collect();
    if statuses.len() != made.len() {
        return Err(format!("SpamAssassin judged {} of {} letters", statuses.len(), made.len()));
    }
    let (mut found, mut most) = (Vec::new(), f64::MIN);
    for (made, status) in made.iter().zip(statuses) {
        let points = status.split("score=").nth(1).and_then(|rest| rest.split(' ').next()?.parse::<f64>().ok());
        let points = points.ok_or("SpamAssassin gave no score")?;
        most = most.max(points);
        if points >= MAX_SPAM {
            let why = status.split("tests=").nth(1).and_then(|rest| rest.split("autolearn").next()).unwrap_or_default();
            let why: String = why.split_whitespace().collect();
            found.push(format!("{}: {points} points of spam: {why}", made.name));
        }
    }
    Ok((found, most))
}

/// The letter as it would arrive.
fn mail(made: &Made) -> Result<Vec<u8>, String> {
    let letter = &made.letter;
    let mut message = MessageBuilder::new()
        .from((letter.from.name.as_str(), letter.from.address.expose()))
        .to(("Ada", "ada@example.com"))
        .reply_to(letter.reply_to.expose())
        .subject(letter.subject.as_str())
        .date(1_789_376_400_i64)
        .message_id(format!("{}@email.example.com", made.name))
        .text_body(letter.text.as_str())
        .html_body(letter.html.as_str());
    for (name, value) in &letter.headers {
        message = message.header(name.as_str(), Raw::new(value.as_str()));
    }
    message.write_to_vec().map_err(|e| e.to_string())
}
