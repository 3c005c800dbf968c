//! A SoftHSM of one test: its folder, its tokens, and the tools that look at them.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use identity::{Passphrase, PassphraseSource};
use pkcs11::Pkcs11Uri;

const CHILD: &str = "PKCS11_TEST_CHILD";
const CONFIGURATION: &str = "SOFTHSM2_CONF";

/// The paths at which distributions install the module.
const MODULES: [&str; 4] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
];

pub(crate) const PIN: &str = "4711-0815";
const SO_PIN: &str = "12345678";

/// The SoftHSM of this process.
pub(crate) struct SoftHsm {
    module: &'static Path,
    folder: PathBuf,
}

impl SoftHsm {
    /// Returns the SoftHSM if this is the process of the test of that name; else runs the test in
    /// one, and returns none.
    pub(crate) fn in_test(name: &str) -> Option<Self> {
        let Some(module) = MODULES.iter().map(Path::new).find(|it| it.exists()) else {
            let is_required = env::var_os("REQUIRE_TOOLS").is_some();
            assert!(!is_required, "no SoftHSM: install softhsm2");
            return None;
        };
        if env::var_os(CHILD).is_some() {
            let configuration = PathBuf::from(env::var_os(CONFIGURATION).unwrap());
            let folder = configuration.parent().unwrap().to_owned();
            return Some(Self { module, folder });
        }
        let folder = tempfile::tempdir().unwrap();
        let tokens = folder.path().join("tokens");
        std::fs::create_dir(&tokens).unwrap();
        let configuration = folder.path().join("softhsm2.conf");
        let text = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            tokens.display()
        );
        std::fs::write(&configuration, text).unwrap();
        let mut child = Command::new(env::current_exe().unwrap());
        child.args(["--exact", name, "--nocapture"]);
        child.env(CHILD, "1").env(CONFIGURATION, configuration);
        child.env("NAPI_PKCS11_MODULE", module); // for the program, of keys that files name
        let said = run(&mut child);
        // A name that fits no test passes too.
        assert!(said.contains("running 1 test"), "{said}");
        None
    }

    /// Makes a token with the PIN of the tests.
    pub(crate) fn token(&self, label: &str) {
        let mut command = Command::new("softhsm2-util");
        command.args(["--init-token", "--free", "--label", label]);
        run(command.args(["--pin", PIN, "--so-pin", SO_PIN]));
    }

    /// Takes an unencrypted key in PEM into a token.
    pub(crate) fn import(&self, key: &str, token: &str, label: &str) {
        let mut command = Command::new("softhsm2-util");
        command.args(["--import", key, "--token", token, "--label", label]);
        run(command.args(["--id", "0a", "--pin", PIN]));
    }

    /// Returns the folder of the tokens.
    pub(crate) fn tokens(&self) -> PathBuf {
        self.folder.join("tokens")
    }

    /// Returns the path of the module.
    pub(crate) const fn module(&self) -> &Path {
        self.module
    }

    /// Returns a URI with these attributes and the module.
    pub(crate) fn uri(&self, attributes: &str) -> Pkcs11Uri {
        let uri: Pkcs11Uri = format!("pkcs11:{attributes}").parse().unwrap();
        uri.or_module_path(self.module)
    }

    /// Returns what `pkcs11-tool` prints, logged in to the token.
    pub(crate) fn pkcs11_tool(&self, token: &str, arguments: &[&str]) -> String {
        let mut command = Command::new("pkcs11-tool");
        command.arg("--module").arg(self.module);
        command.args(["--token-label", token, "--login", "--pin", PIN]);
        run(command.args(arguments))
    }

    /// Returns what `pkcs11-tool` prints without a login.
    pub(crate) fn pkcs11_tool_without_login(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("pkcs11-tool");
        run(command.arg("--module").arg(self.module).args(arguments))
    }

    /// Returns the path of a file of this test.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

pub(crate) fn pin() -> Option<PassphraseSource> {
    Some(Passphrase::new(PIN).into())
}

/// Runs a program, and returns what it printed.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{said}\n{complained}");
    said
}
