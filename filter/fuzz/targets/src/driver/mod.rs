//! The driver under random events: streams come in crowds, wait, leave and return, calls are answered late, twice and
//! never, ticks come early, late and in bursts, and hostcalls fail.
//!
//! `script` is what happens, `acts` makes events of it, `world` does what the driver wants and asserts what its
//! documentation promises. `provider` and `settings` are the provider and the configurations. Laws about what one
//! request means are the business of the target `engine`.

mod acts;
mod expenses;
mod messages;
mod provider;
mod recovery;
mod script;
mod settings;
mod streams;
mod world;

use std::sync::LazyLock;

use arbitrary::{Arbitrary as _, Unstructured};

use crate::reached::Reached;

static TRACES: LazyLock<bool> = LazyLock::new(|| std::env::var_os("FUZZ_TRACE").is_some());

/// Runs a script, whatever the bytes are. After it nothing is left behind, and an honest sign-in still works.
pub fn driver(data: &[u8]) {
    driver_reaches(data);
}

/// As [`driver`]; how deep the run came, its honest end left out.
pub fn driver_reaches(data: &[u8]) -> Reached {
    let Ok(script) = script::Script::arbitrary(&mut Unstructured::new(data)) else {
        return Reached::default();
    };
    let mut world = world::World::new(settings::Setting::new(script.setting));
    for act in script.acts {
        if *TRACES {
            println!("{act:?}");
        }
        world.act(&act);
    }
    let reached = world.reached.clone();
    world.ends();
    reached
}
