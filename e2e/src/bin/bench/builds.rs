//! Builds of the filter side by side, to see what a change is worth.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use vestibule_e2e::envoy::{Envoy, EnvoyCluster, EnvoyOptions};

use crate::application::{self, quiet};
use crate::life;
use crate::measure::{self, Effort};
use crate::ours::{self, PAGE};
use crate::report;
use crate::subject::{Expected, Subject, navigation};

pub(crate) async fn compare(builds: &[PathBuf], effort: Effort) {
    let application = application::start().await;
    let clusters = vec![EnvoyCluster::new("application", application.plain())];
    let bare = Envoy::start(EnvoyOptions { clusters, ..quiet() }).await.expect("Envoy");
    let mut stages = Vec::new();
    let mut subjects = vec![Subject::new("Envoy alone", &bare, PAGE, navigation(None), Expected::Nobody)];
    for build in builds {
        let config = json!({"upstream": {"access_token": true}});
        for (config, what, expected) in [
            (json!({}), "a session", Expected::Person),
            (config, "with the access token", Expected::PersonWithToken),
        ] {
            let wasm =
                Some(build.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", build.display())));
            let stage = ours::stage(application.plain(), config, wasm).await;
            let subject = ours::session(name(build, what), &stage, expected).await;
            subject.check().await;
            subjects.push(subject);
            stages.push(stage);
        }
    }
    measure::rounds(&mut subjects, effort);
    println!("{}", report::requests(&subjects, None));
    drop(stages);
    for build in builds {
        let starts = life::starts(application.plain(), build.canonicalize().ok(), effort).await;
        let (ready, size) =
            (report::spread(&starts.with_filter, 0), fs::metadata(build).map_or(0, |file| file.len()));
        println!(
            "{}: {size} bytes, {ready} ms from the start of Envoy to the first right answer",
            build.display()
        );
    }
}

/// For as long as the program runs.
fn name(build: &Path, what: &str) -> &'static str {
    format!("{}, {what}", build.display()).leak()
}
