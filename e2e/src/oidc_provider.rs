//! A second OpenID Provider: panva's certified `oidc-provider`, in a process of its own (`e2e/oidc-provider`).
//!
//! What the stand-in Okta and the filter understand wrongly in the same way, this one does not.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{env, fs, thread};

use serde_json::{Value, json};

use crate::envoy::eventually;
use crate::scratch::Scratch;

/// How the provider is to be; `e2e/oidc-provider/server.mjs` says what each is for.
#[derive(Clone, Debug)]
pub struct ProviderOptions {
    /// 0: any free one.
    pub port: u16,
    /// In seconds.
    pub access_token_lifetime: u32,
    /// Whether authorization requests must be pushed.
    pub require_par: bool,
    pub response_iss: ResponseIss,
}

/// The `iss` of authorization responses. The metadata always announces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseIss {
    Right,
    Wrong,
    Missing,
}

impl ProviderOptions {
    pub const USUAL: Self =
        Self { port: 0, access_token_lifetime: 3600, require_par: false, response_iss: ResponseIss::Right };
}

impl Default for ProviderOptions {
    fn default() -> Self {
        Self::USUAL
    }
}

/// A running provider. Ends with its process when dropped.
#[derive(Debug)]
pub struct OidcProvider {
    process: Child,
    input: ChildStdin,
    events: Arc<Mutex<Vec<Value>>>,
    port: u16,
    folder: Scratch,
}

impl OidcProvider {
    /// Returns when it serves.
    ///
    /// # Panics
    /// With what it said, when it does not.
    pub async fn start(options: ProviderOptions) -> Self {
        let folder = Scratch::new("oidc-provider");
        let mut process = launch(&options, folder.path());
        let input = process.stdin.take().expect("its input");
        let events = follow(process.stdout.take().expect("its output"), folder.path());
        let mut provider = Self { process, input, events, port: 0, folder };
        eventually(|| provider.find("ready").next().is_some() || provider.ended()).await;
        let ready = provider.find("ready").next();
        let port = ready.and_then(|event| u16::try_from(event["port"].as_u64()?).ok());
        provider.port = port.unwrap_or_else(|| {
            panic!("the second provider does not start; scripts/bootstrap --e2e gets it:\n{}", provider.log())
        });
        provider
    }

    #[must_use]
    pub fn issuer(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    #[must_use]
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// Registers a client, or changes it: metadata as in OpenID Connect Dynamic Client Registration.
    pub async fn register(&mut self, metadata: Value) {
        self.change(&json!({"clients": [metadata]})).await;
    }

    /// Changes what the provider says of a person from now on.
    pub async fn set_claims(&mut self, person: &str, claims: Value) {
        self.change(&json!({"people": {person: claims}})).await;
    }

    /// Ends every token that it has issued.
    pub async fn forget_tokens(&mut self) {
        self.change(&json!({"forget_tokens": true})).await;
    }

    /// The requests that it has answered at this path, in order: `method`, `status`, `query` and `parameters` (their
    /// names), `grant_type`, `client_auth`, `error`, `error_description`.
    #[must_use]
    pub fn requests(&self, path: &str) -> Vec<Value> {
        self.find("request").filter(|event| event["path"] == path).collect()
    }

    /// The redemptions of one kind at the token endpoint.
    #[must_use]
    pub fn grants(&self, grant_type: &str) -> Vec<Value> {
        self.requests("/token").into_iter().filter(|event| event["grant_type"] == grant_type).collect()
    }

    async fn change(&mut self, what: &Value) {
        let done = self.find("done").count();
        writeln!(self.input, "{what}").expect("the second provider's input");
        assert!(eventually(|| self.find("done").count() > done).await, "{}", self.log());
    }

    fn find(&self, kind: &str) -> impl Iterator<Item = Value> + use<> {
        let found: Vec<Value> =
            lock(&self.events).iter().filter(|event| event["event"] == kind).cloned().collect();
        found.into_iter()
    }

    fn ended(&mut self) -> bool {
        self.process.try_wait().is_ok_and(|status| status.is_some())
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("stderr.log")).unwrap_or_default()
    }
}

impl Drop for OidcProvider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn launch(options: &ProviderOptions, folder: &Path) -> Child {
    let iss = match options.response_iss {
        ResponseIss::Right => "right",
        ResponseIss::Wrong => "wrong",
        ResponseIss::Missing => "missing",
    };
    let options = json!({
        "port": options.port,
        "access_token_lifetime": options.access_token_lifetime,
        "require_par": options.require_par,
        "response_iss": iss,
    });
    Command::new(env::var_os("NODE").unwrap_or_else(|| "node".into()))
        .arg(server())
        .arg(options.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(File::create(folder.join("stderr.log")).expect("stderr.log"))
        .spawn()
        .unwrap_or_else(|error| panic!("node: {error}. scripts/bootstrap --e2e gets it"))
}

fn server() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("oidc-provider/server.mjs")
}

/// Reads what it says as long as it lives, so that it never waits for a reader, and keeps a copy for a look.
fn follow(output: ChildStdout, folder: &Path) -> Arc<Mutex<Vec<Value>>> {
    let events = Arc::new(Mutex::new(Vec::new()));
    let shared = Arc::clone(&events);
    let mut copy = File::create(folder.join("stdout.log")).expect("stdout.log");
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let _ = writeln!(copy, "{line}");
            // The package writes notices of its own in between.
            if let Ok(event) = serde_json::from_str(&line) {
                lock(&shared).push(event);
            }
        }
    });
    events
}

fn lock(events: &Mutex<Vec<Value>>) -> MutexGuard<'_, Vec<Value>> {
    events.lock().unwrap_or_else(PoisonError::into_inner)
}
