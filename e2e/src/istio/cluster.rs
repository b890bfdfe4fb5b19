//! A Kubernetes cluster as far as it is an API: etcd and kube-apiserver.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::image::wasmplugin;
use crate::ports;
use crate::process::Process;
use crate::scratch::Scratch;
use crate::tools::{all, crds, tool};

/// Ends with its processes when dropped.
#[derive(Debug)]
pub struct Cluster {
    _apiserver: Process,
    _etcd: Process,
    folder: Scratch,
}

impl Cluster {
    /// Returns when it takes Istio's resources and those of the Gateway API.
    ///
    /// # Panics
    /// With what the API server said, when it does not come up.
    pub async fn start() -> Self {
        Self::with(&crds()).await
    }

    /// The same with the resources that the files of this folder define.
    ///
    /// # Panics
    /// As [`Cluster::start`].
    pub async fn with(crds: &Path) -> Self {
        let folder = Scratch::new("cluster");
        let (client, peer, api) = (ports::free(), ports::free(), ports::free());
        let etcd = etcd(folder.path(), client, peer);
        write_credentials(folder.path(), api);
        let mut apiserver = apiserver(folder.path(), api, client);
        let kubeconfig = folder.path().join("kubeconfig");
        let ready = || kubectl(&kubeconfig, &["get", "--raw", "/readyz"], "").status.success();
        apiserver.until(async || ready()).await;
        let cluster = Self { _apiserver: apiserver, _etcd: etcd, folder };
        cluster.kubectl(&["apply", "--server-side", "-f", &crds.to_string_lossy()]);
        cluster.kubectl(&["wait", "--for=condition=established", "--all", "crd"]);
        cluster
    }

    /// How others find it.
    #[must_use]
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.path().join("kubeconfig")
    }

    /// Runs kubectl and gives what it printed.
    ///
    /// # Panics
    /// When it ends badly, with what it said.
    pub fn kubectl(&self, args: &[&str]) -> String {
        let output = self.try_kubectl(args, "");
        assert!(output.status.success(), "kubectl {}: {}", args.join(" "), all(&output));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Applies resources as a user does who has them in a file.
    ///
    /// # Panics
    /// When the API server refuses them.
    pub fn apply(&self, resources: &str) {
        let output = self.try_kubectl(&["apply", "-f", "-"], resources);
        assert!(output.status.success(), "kubectl apply: {}\n{resources}", all(&output));
    }

    /// Makes a namespace, where it is not there yet.
    pub fn namespace(&self, name: &str) {
        self.apply(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}).to_string());
    }

    /// Runs kubectl with this on its standard input.
    #[must_use]
    pub fn try_kubectl(&self, args: &[&str], input: &str) -> Output {
        kubectl(&self.kubeconfig(), args, input)
    }

    /// Runs `wasmplugin revoke` on a resource of the cluster.
    #[must_use]
    pub fn revoke(&self, namespace: &str, name: &str, arguments: &[&str]) -> Output {
        let kubectl = tool("kubectl");
        let folder = kubectl.parent().expect("its folder").display();
        wasmplugin()
            .arg("revoke")
            .args(arguments)
            .args(["--namespace", namespace, "--name", name])
            .env("PATH", format!("{folder}:{}", std::env::var("PATH").unwrap_or_default()))
            .env("KUBECONFIG", self.kubeconfig())
            .output()
            .expect("the tool")
    }

    /// A resource as the API server has it.
    #[must_use]
    pub fn get(&self, namespace: &str, kind: &str, name: &str) -> Value {
        let found = self.kubectl(&["get", "-n", namespace, kind, name, "-o", "json"]);
        serde_json::from_str(&found).expect("JSON")
    }

    /// What a Secret holds.
    #[must_use]
    pub fn secret(&self, namespace: &str, name: &str) -> BTreeMap<String, String> {
        let secret = self.get(namespace, "secret", name);
        let text = |value: &Value| String::from_utf8(STANDARD.decode(value.as_str()?).ok()?).ok();
        let entries = secret["data"].as_object().into_iter().flatten();
        entries.filter_map(|(key, value)| Some((key.clone(), text(value)?))).collect()
    }
}

fn kubectl(kubeconfig: &Path, args: &[&str], input: &str) -> Output {
    let mut kubectl = Command::new(tool("kubectl"))
        .arg("--kubeconfig")
        .arg(kubeconfig)
        .args(args)
        // Its cache of what the API server offers.
        .env("HOME", kubeconfig.with_file_name(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("kubectl");
    // It may end without having read it.
    let _ = kubectl.stdin.take().map(|mut stdin| stdin.write_all(input.as_bytes()));
    kubectl.wait_with_output().expect("kubectl's output")
}

fn etcd(folder: &Path, client: u16, peer: u16) -> Process {
    let (client, peer) = (format!("http://127.0.0.1:{client}"), format!("http://127.0.0.1:{peer}"));
    let mut command = Command::new("etcd");
    command
        .arg("--data-dir")
        .arg(folder.join("etcd"))
        .args(["--listen-client-urls", &client, "--advertise-client-urls", &client])
        .args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer])
        .args(["--initial-cluster", &format!("default={peer}")]);
    Process::start(&mut command, folder.join("etcd.log"))
}

/// Who asks is told by a token; may do everything: this cluster has one user, the test.
fn apiserver(folder: &Path, port: u16, etcd: u16) -> Process {
    let mut command = Command::new(tool("kube-apiserver"));
    command
        .args(["--etcd-servers", &format!("http://127.0.0.1:{etcd}")])
        .args([
            "--bind-address=127.0.0.1",
            &format!("--secure-port={port}"),
            "--authorization-mode=AlwaysAllow",
        ])
        .arg("--cert-dir")
        .arg(folder.join("certificates"))
        .arg("--token-auth-file")
        .arg(folder.join("tokens.csv"))
        .args(["--service-account-issuer", &format!("https://127.0.0.1:{port}")])
        .arg("--service-account-key-file")
        .arg(folder.join("service-account.pub"))
        .arg("--service-account-signing-key-file")
        .arg(folder.join("service-account.pem"))
        .args(["--service-cluster-ip-range=10.96.0.0/16", "--disable-admission-plugins=ServiceAccount"]);
    Process::start(&mut command, folder.join("apiserver.log"))
}

fn write_credentials(folder: &Path, port: u16) {
    let key = rcgen::KeyPair::generate().expect("a key");
    fs::write(folder.join("service-account.pem"), key.serialize_pem()).expect("service-account.pem");
    fs::write(folder.join("service-account.pub"), key.public_key_pem()).expect("service-account.pub");
    fs::write(folder.join("tokens.csv"), "token,admin,admin,\"system:masters\"\n").expect("tokens.csv");
    let kubeconfig = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "e2e", "cluster": {
            "server": format!("https://127.0.0.1:{port}"), "insecure-skip-tls-verify": true,
        }}],
        "users": [{"name": "admin", "user": {"token": "token"}}],
        "contexts": [{"name": "e2e", "context": {"cluster": "e2e", "user": "admin"}}],
        "current-context": "e2e",
    });
    // JSON is YAML.
    fs::write(folder.join("kubeconfig"), kubeconfig.to_string()).expect("kubeconfig");
}
