//! The examples in the help of each command, run as they stand there, against the mock.
//!
//! A folder has the files that they name, and a profile that names the mock. What an example makes,
//! the next one finds: they run in the order of the help.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use clap::CommandFactory;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};

use crate::mock::RunningMock;
use crate::{Folder, napi, stderr, stdout};

/// A line of the help that begins with two spaces, and what stands behind its `#`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Example {
    pub(crate) command: String,
    pub(crate) line: String,
    pub(crate) code: i32,
    pub(crate) is_interrupted: bool,
}

/// Returns the examples of each command, those of the program itself first.
pub(crate) fn examples() -> Vec<Example> {
    let mut found = Vec::new();
    collect(&cli::Arguments::command(), "napi-mtls", &mut found);
    found
}

fn collect(command: &clap::Command, name: &str, found: &mut Vec<Example>) {
    let help = command.get_after_help();
    let help = help.map(ToString::to_string).unwrap_or_default();
    let lines = help.strip_prefix("Examples:\n");
    let lines = lines.unwrap_or_else(|| panic!("{name} has no examples"));
    let lines = lines.replace("\\\n", "");
    found.extend(lines.lines().map(|line| example(name, line)));
    for sub in command.get_subcommands() {
        collect(sub, &format!("{name} {}", sub.get_name()), found);
    }
}

fn example(command: &str, line: &str) -> Example {
    let (line, note) = line.split_once('#').unwrap_or((line, ""));
    let (_, code) = note.split_once("exit code ").unwrap_or(("", "0"));
    let digits = code.split(|it: char| !it.is_ascii_digit()).next();
    Example {
        command: command.to_owned(),
        line: line.trim().to_owned(),
        code: digits.unwrap().parse().unwrap(),
        is_interrupted: note.contains("until Ctrl-C"),
    }
}

/// A folder with all that the examples name, and the mock.
pub(crate) struct Workplace {
    pub(crate) folder: Folder,
    pub(crate) mock: RunningMock,
    record: String,
    transaction: String,
}

impl Workplace {
    pub(crate) fn new() -> Self {
        let folder = Folder::new();
        let mock = RunningMock::start(&folder.path("mock"), &[]);
        let mut workplace = Self {
            folder,
            mock,
            record: String::new(),
            transaction: String::new(),
        };
        workplace.prepare();
        workplace
    }

    /// Returns a folder without anything but the mock's own, and what the mock has said.
    pub(crate) fn empty() -> (Self, String) {
        let folder = Folder::new();
        let (mock, said) = RunningMock::start_for_a_person(&folder.path("mock"));
        let workplace = Self {
            folder,
            mock,
            record: String::new(),
            transaction: String::new(),
        };
        (workplace, said)
    }

    fn prepare(&mut self) {
        let folder = &self.folder;
        secret(folder, "passphrase", b"correct horse battery staple\n");
        secret(folder, "password", b"acme-password\n");
        let config = fs::read_to_string(self.mock.text("config")).unwrap();
        let (_, settings) = config.split_once("[profiles.mock]\n").unwrap();
        let settings = settings
            .replace("ca_file = \"", "ca_file = \"mock/")
            .replace("certificate = \"", "certificate = \"mock/")
            .replace("key = \"", "key = \"mock/")
            .replace("password_file = \"", "password_file = \"mock/")
            .replace("proxy = \"none\"", ""); // the tests of the proxy name one
        let profiles = format!("profile = \"sandbox\"\n[profiles.sandbox]\n{settings}");
        folder.file("config.toml", profiles.as_bytes());

        // What the first examples of `request` leave, in two places.
        let identities = folder.path("identities");
        fs::create_dir(identities).unwrap();
        let request = "napi-mtls request --country CA --state \"British Columbia\" --locality Vancouver \
             --organization \"Acme Identity Inc.\" --common-name napi.acme.example \
             --passphrase-file passphrase --name napi";
        self.good(request);
        self.upload("napi.csr", "napi.pem");
        for (from, to) in [("key", "key"), ("pem", "pem")] {
            let place = format!("identities/napi-2026.{to}");
            fs::copy(
                self.folder.path(&format!("napi.{from}")),
                self.folder.path(&place),
            )
            .unwrap();
        }
        secret(
            &self.folder,
            "identities/napi-2026.passphrase",
            b"correct horse battery staple\n",
        );
        self.people();
    }

    /// Writes people that the sandbox matches, and verifies one with a document.
    fn people(&mut self) {
        let entities = self.json("napi-mtls test-entities CA --output json");
        let entities = entities.as_array().unwrap();
        let entity = |group: &str| {
            let path = format!("/{group}");
            let mut entity = entities
                .iter()
                .find(|it| it.pointer(&path).is_some())
                .unwrap()
                .clone();
            entity.as_object_mut().unwrap().remove("TestEntityName");
            json!({"CountryCode": "CA", "AcceptTruliooTermsAndConditions": true, "DataFields": entity})
        };
        let person = entity("PersonInfo");
        let mut asynchronous = person.clone();
        asynchronous["CallBackUrl"] = "https://acme.example/connection/v1/async-callback".into();
        let document = entity("Document");
        for (name, request) in [
            ("asynchronous.json", &asynchronous),
            ("document.json", &document),
            ("person.json", &person),
        ] {
            self.folder.file(name, request.to_string().as_bytes());
        }
        let verified = self.json("napi-mtls verify --json document.json --output json");
        let text = |pointer: &str| {
            verified
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap()
                .to_owned()
        };
        self.record = text("/result/Record/TransactionRecordID");
        self.transaction = text("/result/TransactionID");
        let list = "CountryCode;Nome;FirstSurName;DateOfBirth;CustomerReferenceID\n\
                    IT;Adelina;Mancini;04.07.1978;order 4711\n";
        self.folder.file("persone.csv", list.as_bytes());
        let list = "CountryCode,FirstGivenName,FirstSurName,DateOfBirth,CustomerReferenceID,ConsentForDataSources\n\
                    IT,Adelina,Mancini,1978-07-04,order 4711,Credit Agency\n";
        self.folder.file("people.csv", list.as_bytes());
    }

    /// Saves the certificate that the portal of the mock issues for a request.
    pub(crate) fn upload(&self, request: &str, certificate: &str) {
        let request = fs::read_to_string(self.folder.path(request)).unwrap();
        let issued = self.mock.issue(&request);
        self.folder.file(certificate, issued.as_bytes());
    }

    /// Returns a shell that runs this line in the folder, with the program on its path.
    pub(crate) fn shell(&self, line: &str) -> Command {
        let line = line
            .replace("22222222-2222-4222-8222-222222222222", &self.record)
            .replace("33333333-3333-4333-8333-333333333333", &self.transaction);
        let program = napi(&[]);
        let beside = std::path::Path::new(program.get_program())
            .parent()
            .unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let mut shell = Command::new("bash");
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        shell
            .args(["-euo", "pipefail", "-c", &line])
            .current_dir(self.folder.path(""))
            .env("PATH", format!("{}:{path}", beside.display()))
            .env("NAPI_CONFIG", self.folder.path("config.toml"))
            .env("NO_PROXY", "*")
            .stdin(Stdio::null());
        shell
    }

    fn good(&self, line: &str) -> String {
        let output = self.shell(line).output().unwrap();
        assert!(output.status.success(), "{line}: {}", stderr(&output));
        stdout(&output)
    }

    fn json(&self, line: &str) -> Value {
        serde_json::from_str(&self.good(line)).unwrap()
    }
}

/// Writes a file that only its owner may read, as people should.
fn secret(folder: &Folder, name: &str, content: &[u8]) {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.file(name, content);
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn every_example_ends_as_it_says() {
    let workplace = Workplace::new();
    let examples = examples();
    assert!(examples.len() > 40, "{}", examples.len());
    for example in &examples {
        let shell = workplace.shell(&example.line);
        let (code, text) = match example.is_interrupted {
            true => interrupted(shell),
            false => ended(shell),
        };
        assert_eq!(code, Some(example.code), "{}: {text}", example.line);
    }
}

fn ended(mut shell: Command) -> (Option<i32>, String) {
    let output = shell.output().unwrap();
    (output.status.code(), stderr(&output))
}

/// Interrupts the program, as Ctrl-C does, once it has printed something on either stream.
fn interrupted(mut shell: Command) -> (Option<i32>, String) {
    use std::os::unix::process::CommandExt;
    let (reader, writer) = std::io::pipe().unwrap();
    shell.stdout(writer.try_clone().unwrap()).stderr(writer);
    let mut child = shell.process_group(0).spawn().unwrap();
    drop(shell); // which holds the other end of the pipe
    let (mut reader, mut shown) = (BufReader::new(reader), String::new());
    reader.read_line(&mut shown).unwrap();
    kill_process_group(Pid::from_child(&child), Signal::INT).unwrap();
    reader.read_to_string(&mut shown).unwrap();
    (child.wait().unwrap().code(), shown)
}

#[test]
fn notes_of_an_example_are_read() {
    let expected = Example {
        command: "napi-mtls verify".to_owned(),
        line: "napi-mtls verify a".to_owned(),
        code: 1,
        is_interrupted: false,
    };
    assert_eq!(
        example(
            "napi-mtls verify",
            "  napi-mtls verify a  # exit code 1: no match"
        ),
        expected
    );
    assert!(example("", "  napi-mtls mock # until Ctrl-C").is_interrupted);
}
