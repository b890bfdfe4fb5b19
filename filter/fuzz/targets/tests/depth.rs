//! The corpora reach deep states: otherwise a change of a script's bytes would make them shallow, and nobody would
//! notice.

use std::fs;
use std::path::PathBuf;

use vestibule::driver::limits::{MAX_CALLS, MAX_WAITING};
use vestibule_fuzz_targets::{Reached, driver_reaches, engine_reaches};

fn all(target: &str, reaches: fn(&[u8]) -> Reached) -> Reached {
    let mut all = Reached::default();
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../corpus").join(target);
    for entry in fs::read_dir(folder).unwrap() {
        all.add(&reaches(&fs::read(entry.unwrap().path()).unwrap()));
    }
    println!("{all:#?}");
    all
}

#[test]
fn the_engine_s_corpus_reaches_all_that_happens_to_a_session() {
    let all = all("engine", engine_reaches);
    for (what, wanted) in [
        ("sign_ins_begun", 100),
    ] {
        assert!(all.times(what) >= wanted, "{what}: {}", all.times(what));
    }
}

#[test]
fn the_driver_s_corpus_reaches_all_limits() {
    let all = all("driver", driver_reaches);
    assert_eq!((all.at_once("waiting"), all.at_once("calls")), (MAX_WAITING, MAX_CALLS));
    for (what, wanted) in [
        ("signed_in", 10),
    ] {
        assert!(all.times(what) >= wanted, "{what}: {}", all.times(what));
    }
}
