//! What the demo says.

use std::path::Path;
use std::process::{self, ExitStatus};

use super::filter::Ports;
use super::provider::{Place, Provider};
use super::rules::Laid;
use crate::okta::Person;

pub(crate) fn welcome(ports: Ports, provider: &Provider) {
    let url = format!("http://localhost:{}", ports.plain);
    println!("\n  {url}/\n");
    match &provider.place {
        Place::Here { people, .. } => {
            println!("Sign in at the stand-in Okta as");
            for person in people {
                println!("  {:<7} {}", person.nick, about(person));
            }
            println!("\nTry");
            println!(
                "  {url}/reports/2026?quarter=3&view=all   comes back to this path and query after the sign-in"
            );
            println!("  {url}/finance/ledger   403 for bob, the ledger for alice");
            println!("  the same two pages in two tabs, signing in in both");
            println!("  'Sign out', and back again: Okta asks anew");
            println!("  curl -i -H 'accept: text/html' {url}/   302 to the sign-in, as for a browser");
            println!("  curl -i {url}/api/me   401 with JSON, no redirect");
            println!("  curl -i {url}/healthz   public");
            println!("  kill -USR1 {}   Okta goes away, and comes back the next time", process::id());
            println!("  kill -USR2 {}   Okta signs with a new key", process::id());
        }
        Place::There { .. } => {
            println!("Signing in at {}. The app in Okta must have", provider.issuer);
            println!("  sign-in redirect URI   {url}/oauth2/callback");
            println!("  sign-out redirect URI  {url}/oauth2/signed_out");
            println!("\nTry");
            println!(
                "  {url}/reports/2026?quarter=3&view=all   comes back to this path and query after the sign-in"
            );
            println!("  {url}/finance/ledger   for the group 'finance', else 403");
        }
    }
    println!();
    admin(ports);
    println!(
        "why somebody may enter   wasmplugin explain target/demo/running.json --host localhost --path PATH --as EMAIL"
    );
    println!(
        "Envoy's configuration is target/demo/envoy.yaml, its logs are envoy.log and access.log there. Ctrl-C ends all."
    );
}

fn admin(ports: Ports) {
    let admin = format!("http://localhost:{}", ports.admin);
    println!("Envoy's admin interface  {admin}/");
    println!("the filter's statistics  {admin}/stats?filter=vestibule");
    println!("for Prometheus           {admin}/stats/prometheus?filter=vestibule");
}

pub(crate) fn by_hand(file: &Path, envoy: &Path, ports: Ports, provider: &Provider) {
    println!("Application and Okta are ready. Now run, in another terminal,");
    // A real secret is not for the screen: that terminal has it from the same place as this one.
    if let Place::Here { .. } = provider.place {
        println!("  export OKTA_CLIENT_SECRET='{}'", provider.client_secret);
    } else {
        println!("  export OKTA_CLIENT_SECRET=…   # as here");
    }
    println!("  export COOKIE_SECRET=\"$(openssl rand -base64 32)\"");
    println!("  export ENVOY_PATH={}   # without it func-e fetches an Envoy", envoy.display());
    println!("  func-e run -c {}", file.display());
    println!("Ctrl-C ends application and Okta.");
    admin(ports);
}

/// What of somebody's own rules counts.
pub(crate) fn laid(file: &Path, laid: &Laid) {
    println!("Rules of {}", file.display());
    say_parts(laid);
}

pub(crate) fn watching(file: &Path) {
    println!("Change {}, and the demo takes what it says then.", file.display());
}

/// They were changed; whether Envoy took them.
pub(crate) fn changed(laid: &Laid, taken: bool) {
    if taken {
        println!("\nYour rules have changed:");
        say_parts(laid);
    } else {
        println!(
            "\nEnvoy does not take your rules, so those from before stay; target/demo/envoy.log says why."
        );
    }
}

/// They were changed, into something that is wrong.
pub(crate) fn unchanged(file: &Path, faults: &str) {
    println!("\n{}Your rules from before stay.", refused(file, faults));
}

pub(crate) fn refused(file: &Path, faults: &str) -> String {
    format!("{} is not taken:\n\n{}\n", file.display(), faults.trim_end())
}

fn say_parts(laid: &Laid) {
    let or_nothing = |keys: &[String]| if keys.is_empty() { "nothing".to_owned() } else { keys.join(", ") };
    println!("  taken: {}", or_nothing(&laid.taken));
    if !laid.left_out.is_empty() {
        println!("  not taken, as the demo has its own: {}", laid.left_out.join(", "));
    }
    if laid.left_out.iter().any(|key| key.ends_with("match.hosts")) {
        println!("  the demo has one host: a rule for some hosts counts for it");
    }
}

/// With the last lines of Envoy's log, which say more than the status.
pub(crate) fn ended(status: ExitStatus, log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    let last = lines[lines.len().saturating_sub(8)..].join("\n");
    format!("Envoy has ended ({status}); its log, target/demo/envoy.log, ends in\n{last}")
}

fn about(person: &Person) -> String {
    let groups = match person.groups.len() {
        0 => "no groups".into(),
        1..=5 => person.groups.join(", "),
        100 => "100 groups with long names: large tokens".into(),
        many => format!("{many} groups: more than Okta allows, so the sign-in fails"),
    };
    let unverified = if person.email_verified { "" } else { "; email not verified" };
    format!("{} ({groups}{unverified})", person.name())
}
