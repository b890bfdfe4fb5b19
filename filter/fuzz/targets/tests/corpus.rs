//! Every input that was ever worth keeping goes through its target again, on stable.

use std::fs;
use std::path::PathBuf;

use vestibule_fuzz_targets::ALL;

fn corpora() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../corpus")
}

#[test]
fn every_target_takes_its_whole_corpus() {
    for (name, target) in ALL {
        let folder = corpora().join(name);
        let mut files: Vec<_> = fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        assert!(files.len() >= 5, "{name} has hardly a corpus");
        for file in files {
            let data = fs::read(&file).unwrap();
            // Named before it runs, so that a panic can be traced to it.
            println!("{}", file.display());
            target(&data);
        }
        target(b"");
    }
}

#[test]
fn a_corpus_belongs_to_a_target_and_stays_small() {
    let mut total = 0;
    for entry in fs::read_dir(corpora()).unwrap() {
        let folder = entry.unwrap();
        let name = folder.file_name().into_string().unwrap();
        assert!(ALL.iter().any(|(own, _)| *own == name), "{name} is no target");
        for file in fs::read_dir(folder.path()).unwrap() {
            total += file.unwrap().metadata().unwrap().len();
        }
    }
    assert!(total < 300 * 1024, "{total} bytes");
}
