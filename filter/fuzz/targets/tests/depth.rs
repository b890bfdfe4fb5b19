//! The corpora reach deep states: otherwise a change of a script's bytes would make them shallow, and nobody would
//! notice.

use std::fs;
use std::path::PathBuf;

use vestibule_fuzz_targets::{Reached, engine_reaches};

fn files(target: &str) -> impl Iterator<Item = Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../corpus").join(target);
    fs::read_dir(folder).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap())
}

#[test]
fn the_engine_s_corpus_reaches_everything_that_a_session_goes_through() {
    let mut all = Reached::default();
    files("engine").for_each(|data| all += engine_reaches(&data));
    println!("{all:#?}");
}
