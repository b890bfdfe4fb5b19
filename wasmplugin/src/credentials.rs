//! The credentials of a registry, as `docker login` left them: in Docker's configuration, or with a helper program.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::PathBuf;
use std::{env, fmt};

use docker_credential::{CredentialRetrievalError, DockerCredential};
use oci_client::secrets::RegistryAuth;

/// The credentials that the usual configuration has for a registry.
///
/// # Errors
/// When there is a configuration and it cannot be read, or a helper fails.
pub(crate) fn of(registry: &str) -> Result<RegistryAuth, String> {
    let Some(path) = config() else { return Ok(RegistryAuth::Anonymous) };
    match File::open(&path) {
        Ok(file) => read(BufReader::new(file), registry)
            .map_err(|error| format!("{} (Docker's configuration): {error}", path.display())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(RegistryAuth::Anonymous),
        Err(error) => Err(format!("{} (Docker's configuration): {error}", path.display())),
    }
}

/// `$DOCKER_CONFIG/config.json`, or the one at home.
fn config() -> Option<PathBuf> {
    let named = env::var_os("DOCKER_CONFIG").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let folder = named.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".docker")))?;
    Some(folder.join("config.json"))
}

fn read(config: impl Read, registry: &str) -> Result<RegistryAuth, String> {
    use CredentialRetrievalError::{ConfigReadError, HelperFailure, NoCredentialConfigured};
    // Under this name Docker keeps what is for its own registry.
    let server = if registry == "index.docker.io" { "https://index.docker.io/v1/" } else { registry };
    match docker_credential::get_credential_from_reader(config, server) {
        Ok(DockerCredential::UsernamePassword(user, password)) => Ok(RegistryAuth::Basic(user, password)),
        Ok(DockerCredential::IdentityToken(_)) => Err(format!(
            "an identity token for {registry}, which is not supported: sign in with a password or an access token"
        )),
        Err(NoCredentialConfigured) => Ok(RegistryAuth::Anonymous),
        // All helpers say it in these words, and Docker's own tools look for them.
        Err(HelperFailure { stdout, .. }) if stdout.contains("credentials not found") => {
            Ok(RegistryAuth::Anonymous)
        }
        // Not what it wrote: that may be a secret.
        Err(HelperFailure { helper, .. }) => Err(format!("{helper} failed for {registry}")),
        Err(ConfigReadError) => Err("not as Docker writes it".to_owned()),
        Err(other) => Err(said(&other)),
    }
}

fn said(error: &impl fmt::Display) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    // alice:wonderland and bob:builder
    const CONFIG: &str = r#"{
        "auths": {
            "registry.example.com": {"auth": "YWxpY2U6d29uZGVybGFuZA=="},
            "127.0.0.1:5000": {"username": "carol", "password": "singer"},
            "https://index.docker.io/v1/": {"auth": "Ym9iOmJ1aWxkZXI="},
            "tokens.example.com": {"identitytoken": "very-secret"},
            "broken.example.com": {"auth": "very-secret!"}
        },
        "credHelpers": {"helped.example.com": "is-not-installed-here"}
    }"#;

    fn basic(user: &str, password: &str) -> RegistryAuth {
        RegistryAuth::Basic(user.to_owned(), password.to_owned())
    }

    #[test]
    fn each_registry_has_its_own() {
        let of = |registry| read(CONFIG.as_bytes(), registry).unwrap();
        assert_eq!(of("registry.example.com"), basic("alice", "wonderland"));
        assert_eq!(of("127.0.0.1:5000"), basic("carol", "singer"));
        assert_eq!(of("index.docker.io"), basic("bob", "builder"));
        for other in ["registry.example.com:444", "example.com", "127.0.0.1:5001", "sub.registry.example.com"]
        {
            assert_eq!(of(other), RegistryAuth::Anonymous, "{other}");
        }
        assert_eq!(read(&b"{}"[..], "registry.example.com").unwrap(), RegistryAuth::Anonymous);
    }

    #[test]
    fn what_cannot_be_read_is_an_error_without_a_secret() {
        for registry in ["tokens.example.com", "broken.example.com", "helped.example.com"] {
            let error = read(CONFIG.as_bytes(), registry).unwrap_err();
            assert!(!error.contains("very-secret") && error.lines().count() == 1, "{error}");
        }
        assert_eq!(read(&b"auths:"[..], "registry.example.com").unwrap_err(), "not as Docker writes it");
    }
}
