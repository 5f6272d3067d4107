//! Writes every letter of a templates directory for the sample customers, as HTML and text, into a folder:
//! `cargo run -p letters --example gallery -- OUT [TEMPLATES]`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::path::PathBuf;
use std::{env, fs, process};

#[path = "../tests/it/samples.rs"]
mod samples;

fn main() {
    if let Err(message) = run() {
        eprintln!("{message}");
        process::exit(1);
    }
}

fn run() -> Result<(), String> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let out = arguments.next().ok_or("give the folder to write to")?;
    let templates = arguments.next().unwrap_or_else(samples::templates);
    let tree = shop::read(&templates).map_err(|mistakes| mistakes.to_string())?;
    let letters = letters::Letters::new(&tree);
    for mistake in letters.check() {
        eprintln!("{mistake}");
    }
    fs::create_dir_all(&out).map_err(|error| error.to_string())?;
    for sample in samples::all(&tree) {
        for (flow, step) in tree.shop.flows.iter().flat_map(|flow| flow.steps.iter().map(move |step| (flow, step))) {
            let name = format!("{}-{}-{}", flow.name, step.letter, sample.name);
            match sample.compose(&tree, &letters, flow, step) {
                Ok(letter) => {
                    let head = format!("Subject: {}\nPreheader: {}\n\n", letter.subject, letter.preheader);
                    let write = |suffix: &str, text: &str| {
                        fs::write(out.join(format!("{name}.{suffix}")), text).map_err(|error| error.to_string())
                    };
                    write("html", &letter.html)?;
                    write("txt", &(head + &letter.text))?;
                    println!("{name}: {} bytes", letter.html.len());
                }
                Err(error) => eprintln!("{name}: {error}"),
            }
        }
    }
    Ok(())
}
