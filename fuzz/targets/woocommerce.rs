//! Any body of WooCommerce has an answer.
#![no_main]

use std::sync::LazyLock;

use hostile::fuzz::Target;
use libfuzzer_sys::fuzz_target;
use retention::shop::SourceKind;

static TARGET: LazyLock<Target> = LazyLock::new(|| Target::new(SourceKind::WooCommerce).expect("a source"));

fuzz_target!(|bytes: &[u8]| {
    if let Err(mistake) = TARGET.run(bytes) {
        panic!("{mistake}");
    }
});
