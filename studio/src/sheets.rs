//! `regulars sheets`: pictures of all letters, a sheet for each flow and language, so that a review sees what changed. Phone and
//! desktop, by day and in dark mode, made by Chromium.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use letters::{Letter, Letters, samples};
use retention::flow::{Flow, Step};
use shop::Tree;

use crate::counted::counted;
use crate::failure::Failure;

/// How wide a letter is drawn, in CSS pixels: on a phone, in a mail program.
const WIDTHS: [(&str, u32); 2] = [("phone", 375), ("desktop", 680)];
/// How large it then stands on the sheet, in percent.
const SCALE: u32 = 62;
/// How long Chromium may lay out a sheet, in milliseconds of its own time.
const LAYOUT_MS: u32 = 6_000;

/// Which sheets are made.
#[derive(Debug, Default, clap::Args)]
pub struct Options {
    /// The folder that the pictures are written to
    pub folder: PathBuf,
    /// Only this flow
    #[arg(long, value_name = "NAME")]
    pub flow: Option<String>,
    /// Only this language
    #[arg(long, value_name = "TAG")]
    pub locale: Option<String>,
    /// The sample customer who is written to
    #[arg(long, value_name = "NAME", default_value = "ordinary")]
    pub sample: String,
    /// The browser
    #[arg(long, value_name = "PROGRAM", default_value = "chromium")]
    pub browser: String,
}

/// Makes the sheets, and says where they are.
pub fn make(tree: &Tree, options: &Options) -> Result<String, Failure> {
    let letters = Letters::new(tree);
    let sample = samples::all(tree).into_iter().find(|sample| sample.name == options.sample);
    let sample = sample.ok_or_else(|| Failure::new(format!("there is no sample customer {}", options.sample)))?;
    std::fs::create_dir_all(&options.folder)
        .map_err(|error| Failure::new(format!("{}: {error}", options.folder.display())))?;
    let mut made = 0;
    for flow in
        tree.shop.flows.iter().filter(|flow| options.flow.as_deref().is_none_or(|name| name == flow.name.as_str()))
    {
        for locale in tree.letters.words.keys().filter(|tag| options.locale.as_deref().is_none_or(|only| only == *tag))
        {
            let reader = sample.reading(locale);
            let letter =
                |step: &'_ Step| Some((step.letter.to_string(), reader.compose(tree, &letters, flow, step).ok()?));
            let all: Vec<(String, Letter)> = flow.steps.iter().filter_map(letter).collect();
            if !all.is_empty() {
                draw(&options.browser, &options.folder.join(format!("{}.{locale}", flow.name)), flow, locale, &all)?;
                made += 1;
            }
        }
    }
    if made == 0 {
        return Err(Failure::new("there is no such flow, or no such language"));
    }
    Ok(format!("{} in {}", counted(made, "sheet", "sheets"), options.folder.display()))
}

/// Writes the page of a sheet, asks Chromium how high it is, and takes its picture.
fn draw(browser: &str, name: &Path, flow: &Flow, locale: &str, all: &[(String, Letter)]) -> Result<(), Failure> {
    let page = name.with_extension(format!("{locale}.html"));
    let picture = name.with_extension(format!("{locale}.png"));
    let failed = |path: &Path, error: std::io::Error| Failure::new(format!("{}: {error}", path.display()));
    std::fs::write(&page, sheet(flow, locale, all)).map_err(|error| failed(&page, error))?;
    let url = format!("file://{}", std::path::absolute(&page).map_err(|error| failed(&page, error))?.display());
    let width = WIDTHS.iter().map(|(_, width)| (width * SCALE / 100 + 16) * 2).sum::<u32>() + 24;
    let laid_out = chromium(browser, &[&format!("--window-size={width},800"), "--dump-dom", &url])?;
    let height = laid_out.split("<title>").nth(1).and_then(|rest| rest.split('<').next()?.trim().parse::<u32>().ok());
    let height = height.ok_or_else(|| Failure::new(format!("{browser} could not lay out {}", page.display())))?;
    let shot = format!("--screenshot={}", picture.display());
    chromium(browser, &[&format!("--window-size={width},{height}"), &shot, &url])?;
    std::fs::remove_file(&page).map_err(|error| failed(&page, error))
}

fn chromium(browser: &str, arguments: &[&str]) -> Result<String, Failure> {
    let budget = format!("--virtual-time-budget={LAYOUT_MS}");
    let common = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--log-level=3", &budget];
    let done = Command::new(browser).args(common).args(arguments).stderr(Stdio::null()).output();
    let done = done.map_err(|error| {
        Failure::new(format!("{browser} cannot be started: {error}; name a Chromium with --browser PROGRAM"))
    })?;
    if !done.status.success() {
        return Err(Failure::new(format!("{browser}: {}", done.status)));
    }
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

/// One row for each letter: phone by day and dark, desktop by day and dark.
fn sheet(flow: &Flow, locale: &str, all: &[(String, Letter)]) -> String {
    let mut page = format!(
        "<!doctype html><meta charset=\"utf-8\"><title>0</title><style>{STYLE}</style><h1>{} <small>{locale}</small></h1>",
        flow.name
    );
    for (name, letter) in all {
        let (subject, preheader) = (escaped(&letter.subject), escaped(&letter.preheader));
        let head =
            format!("<section><h2>{name}</h2><p><b>{subject}</b> <span>{preheader}</span></p><div class=\"row\">");
        page.push_str(&head);
        for (device, width) in WIDTHS {
            for dark in [false, true] {
                let html = if dark { in_the_dark(&letter.html) } else { letter.html.clone() };
                let shown = width * SCALE / 100;
                let scale = f64::from(SCALE) / 100.0;
                // Writing to a text does not fail.
                let _ = write!(
                    page,
                    "<div class=\"{device}\" style=\"width:{shown}px\"><iframe style=\"width:{width}px;transform:scale({scale})\" \
                     data-scale=\"{scale}\" srcdoc=\"{}\"></iframe></div>",
                    escaped(&html)
                );
            }
        }
        page.push_str("</div></section>");
    }
    page + "<script>" + SCRIPT + "</script>"
}

/// What a mailbox shows in dark mode.
fn in_the_dark(html: &str) -> String {
    html.replace("(prefers-color-scheme: dark)", "all").replace("(prefers-color-scheme:dark)", "all")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

const STYLE: &str = "body{margin:12px;background:#9a9a96;font:13px/1.4 system-ui,sans-serif;color:#111}\
h1{font-size:20px;margin:4px 0 8px}h1 small{font-weight:400}h2{font-size:13px;margin:14px 0 0}p{margin:2px 0 6px}\
p span{opacity:.7}.row{display:flex;gap:16px;align-items:flex-start}.row>div{overflow:hidden;border-radius:6px}\
iframe{border:0;transform-origin:0 0;display:block}";

const SCRIPT: &str = "const frames=[...document.querySelectorAll('iframe')];function fit(){for(const f of frames){\
const h=f.contentDocument.documentElement.scrollHeight;f.style.height=h+'px';f.parentNode.style.height=h*f.dataset.scale+'px'}\
document.title=Math.ceil(document.documentElement.scrollHeight)}addEventListener('load',()=>{fit();setTimeout(fit,400)})";
