//! The generator knows every field that a parser reads.

use std::fs;
use std::path::Path;

use retention::shop::SourceKind;

/// The names in the declarations of fields that are read: what a field is called in JSON, as far as its lines say so.
fn declared(source: &str) -> Vec<String> {
    let (mut names, mut renamed) = (Vec::new(), None);
    for line in source.lines().map(str::trim) {
        if let Some((_, rest)) = line.split_once("rename = \"") {
            renamed = rest.split_once('"').map(|(name, _)| name.to_owned());
        }
        let line = line.trim_start_matches("pub(super) ").trim_start_matches("pub(crate) ");
        let Some((name, of)) = line.split_once(": ") else { continue };
        let read = ["Scalar<'a>,", "List<", "Maybe<", "Texts<"].iter().any(|kind| of.starts_with(kind));
        if read
            && line.ends_with(',')
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        {
            names.push(renamed.take().unwrap_or_else(|| name.to_owned()));
        }
    }
    names
}

fn sources(path: &Path) -> Vec<String> {
    let folder = fs::read_dir(path).expect("a folder").map(|entry| entry.expect("a file").path());
    let files = folder.chain([path.with_extension("rs")]);
    files.map(|file| fs::read_to_string(file).expect("a text")).collect()
}

#[test]
fn every_field_that_is_read_is_among_the_words() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for kind in SourceKind::ALL.map(SourceKind::name) {
        let known = fs::read_to_string(here.join(format!("src/names/{kind}.txt"))).expect("the words");
        // `eventId` may be declared as `event_id` where a whole struct is renamed.
        let known: Vec<String> = known.lines().map(|name| name.replace('_', "").to_lowercase()).collect();
        let declared: Vec<String> =
            sources(&here.join("../storefront/src").join(kind)).iter().flat_map(|source| declared(source)).collect();
        assert!(declared.len() > 30, "{kind}: {} declarations were found", declared.len());
        for name in declared {
            assert!(known.contains(&name.replace('_', "").to_lowercase()), "src/names/{kind}.txt lacks {name}");
        }
    }
}
