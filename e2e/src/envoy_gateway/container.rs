//! A program with the file system that a container would give it: the machine's programs, and at fixed places files of its own. A
//! mount namespace does that; nothing of it is seen outside.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::scratch::target;

/// The folders of a container that are its own.
const OWN: [&str; 4] = ["etc", "var", "certs", "sds"];

/// All else is the machine's. The folder into which Cargo builds is there wherever it is.
const MOUNT: &str = r#"
set -e
root=$1 target=$2 own=$3
shift 3
for entry in /*; do
  case " $own " in *" ${entry#/} "*) continue ;; esac
  if [ -L "$entry" ]; then cp -P "$entry" "$root$entry"
  elif [ -d "$entry" ]; then mkdir "$root$entry" && mount --rbind "$entry" "$root$entry"
  fi
done
[ -e "$root$target" ] || { mkdir -p "$root$target" && mount --rbind "$target" "$root$target"; }
exec chroot "$root" "$@"
"#;

#[derive(Debug)]
pub(super) struct Container {
    root: PathBuf,
}

impl Container {
    /// Its root is this folder, which is made anew.
    pub(super) fn new(root: PathBuf) -> Self {
        let _ = fs::remove_dir_all(&root);
        for own in OWN {
            fs::create_dir_all(root.join(own)).expect("a folder of a container");
        }
        Self { root }
    }

    /// A file of its own, under a path such as `/certs/tls.crt`.
    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path.trim_start_matches('/'));
        fs::create_dir_all(path.with_file_name("")).expect("a folder of a container");
        fs::write(path, text).expect("a file of a container");
    }

    /// Runs a program there.
    pub(super) fn command(&self, program: &Path) -> Command {
        let program = fs::canonicalize(program).expect("the program");
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", MOUNT, "sh"]).arg(&self.root).arg(target()).arg(OWN.join(" "));
        command.arg(program);
        command
    }
}
