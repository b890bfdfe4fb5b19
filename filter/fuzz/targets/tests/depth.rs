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
        ("sign_ins_begun", 150),
        ("signed_in", 50),
        ("userinfo_asked", 20),
        ("forwarded_with_session", 100),
        ("signed_out", 20),
        ("brought_an_ended_session", 2),
        ("revoked", 2),
        ("refreshed", 15),
        ("refresh_failed", 3),
        ("renewed_cookies", 10),
        ("withheld_cookies", 2),
        ("renewed_by_an_endpoint", 1),
        ("waited", 50),
        ("waited_for_keys", 6),
        ("gave_up", 15),
        ("left", 8),
        ("discovery_failed", 10),
        ("taken_keys", 5),
    ] {
        assert!(all.times(what) >= wanted, "{what}: {}", all.times(what));
    }
}

#[test]
fn the_driver_s_corpus_reaches_all_limits() {
    let all = all("driver", driver_reaches);
    assert_eq!(all.at_once("waiting"), MAX_WAITING);
    // Those of the root context come on top.
    assert!(all.at_once("calls") >= MAX_CALLS);
    for (what, wanted) in [
        ("signed_in", 20),
        ("forwarded_with_session", 200),
        ("waited", 3000),
        ("gave_up", 1500),
        ("overloaded", 1000),
        ("left", 500),
        ("ids_reused", 1500),
        ("refreshed", 3),
        // Once for each session that ends.
        ("revoked", 1),
        ("renewed_cookies", 2),
        ("withheld_cookies", 5),
        ("calls_not_made", 15),
        ("refused_after_all", 30),
        ("answered_again", 10),
        ("lost", 2),
    ] {
        assert!(all.times(what) >= wanted, "{what}: {}", all.times(what));
    }
}
