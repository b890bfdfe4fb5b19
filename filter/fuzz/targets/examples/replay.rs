//! Gives files to a target, on stable: `cargo run -p vestibule-fuzz-targets --example replay -- TARGET FILE...`.
//! With `FUZZ_TRACE=1` the target `engine` tells what happens in the run.

fn main() {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().expect("usage: replay TARGET FILE...");
    let (_, target) =
        vestibule_fuzz_targets::ALL.into_iter().find(|(own, _)| *own == name).expect("a target of this name");
    for file in arguments {
        target(&std::fs::read(&file).unwrap_or_else(|error| panic!("{file}: {error}")));
        println!("{file}: nothing is broken");
    }
}
