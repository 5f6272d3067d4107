//! A function's zip: the binary, and `templates/` beside it. The same files make the same bytes: entries are sorted, times and
//! modes are fixed.

use std::fs;
use std::io::{Cursor, Read as _, Seek, Write};
use std::path::{Path, PathBuf};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::check::{self, Form};
use crate::failure::Failure;

/// The binary's name, as Lambda wants it.
const BINARY: &str = "bootstrap";

/// The files of a folder of templates, by their names in the zip. A tree with mistakes has none.
pub fn checked_templates(folder: &Path) -> Result<Vec<(String, PathBuf)>, Failure> {
    let report = check::check(folder);
    report
        .verdict()
        .map_err(|_| Failure::new(format!("{}\nno zip is made of such a tree", report.said(Form::Text))))?;
    let mut files = Vec::new();
    collect(folder, "templates", &mut files)?;
    files.sort();
    Ok(files)
}

fn collect(folder: &Path, name: &str, files: &mut Vec<(String, PathBuf)>) -> Result<(), Failure> {
    let failed = |e: std::io::Error| Failure::new(format!("{}: {e}", folder.display()));
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let Some(own) = path.file_name().and_then(|own| own.to_str()) else {
            return Err(Failure::new(format!("{}: the name is not UTF-8", path.display())));
        };
        // What an editor or a desktop leaves behind is no template.
        if own.starts_with('.') {
            continue;
        }
        let name = format!("{name}/{own}");
        if path.is_dir() {
            collect(&path, &name, files)?;
        } else {
            files.push((name, path));
        }
    }
    Ok(())
}

/// Writes a zip of a binary and templates.
pub fn write(to: impl Write + Seek, binary: &[u8], templates: &[(String, PathBuf)]) -> Result<(), Failure> {
    written(to, binary, templates).map_err(|error| Failure::new(format!("the zip: {error}")))
}

fn written(
    to: impl Write + Seek,
    binary: &[u8],
    templates: &[(String, PathBuf)],
) -> Result<(), Box<dyn std::error::Error>> {
    let entry = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(DateTime::default());
    let mut zip = ZipWriter::new(to);
    zip.start_file(BINARY, entry.unix_permissions(0o755))?;
    zip.write_all(binary)?;
    for (name, path) in templates {
        zip.start_file(name.as_str(), entry.unix_permissions(0o644))?;
        zip.write_all(&fs::read(path)?)?;
    }
    zip.finish()?;
    Ok(())
}

/// The same zip with other templates.
pub fn with_templates(zip: &[u8], templates: &[(String, PathBuf)]) -> Result<Vec<u8>, Failure> {
    let foreign =
        |error: &dyn std::fmt::Display| Failure::new(format!("this is no zip of a function of ours: {error}"));
    let mut archive = ZipArchive::new(Cursor::new(zip)).map_err(|error| foreign(&error))?;
    let mut binary = Vec::new();
    archive
        .by_name(BINARY)
        .map_err(|error| foreign(&error))?
        .read_to_end(&mut binary)
        .map_err(|error| foreign(&error))?;
    let mut made = Cursor::new(Vec::new());
    write(&mut made, &binary, templates)?;
    Ok(made.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_templates_beside_the_old_binary_make_the_zip_that_a_build_would_make() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a root").join("templates");
        let files = checked_templates(&folder).expect("no mistakes");
        assert!(files.iter().any(|(name, _)| name == "templates/flows/winback/strings.pl.toml"));
        let zip = |templates: &[(String, PathBuf)]| {
            let mut made = Cursor::new(Vec::new());
            write(&mut made, b"a binary", templates).expect("a zip");
            made.into_inner()
        };
        let old = zip(&files[..3]);
        assert_eq!(with_templates(&old, &files).expect("a zip"), zip(&files));
        assert!(with_templates(b"PK nothing", &files).is_err());
    }
}
