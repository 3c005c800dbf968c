//! Keys in a token on the command line: the way that the README of `pkcs11` shows.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use cli::Exit;
use mock_napi::{Account, Point, Reply, Script, Tickets};
use napi::testing;
use napi::verifications::RecordStatus;
use test_support::{Customer, Mock};

use super::napi;
use crate::pkcs11::soft_hsm::{PIN, SoftHsm, run};

/// Returns the commands of the README, one a line.
fn commands() -> Vec<String> {
    let page = include_str!("../../../crates/pkcs11/README.md");
    let block = page.split("```sh\n").nth(1).unwrap();
    let block = block.split("```").next().unwrap().replace("\\\n", " ");
    block.lines().map(str::to_owned).collect()
}

/// Returns the words of a command of the README: what stands in quotes is one.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (place, part) in command.split('"').enumerate() {
        match place % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

/// Makes a request with a wrong PIN, before the process is logged in to the token.
async fn refuse_wrong_pin(arguments: &[&str]) {
    fs::write("wrong", "0000").unwrap();
    let wrong = |word: &&str| match *word {
        "pin" => "wrong".to_owned(),
        other => other.to_owned(),
    };
    let wrong: Vec<_> = arguments.iter().map(wrong).collect();
    let wrong: Vec<_> = wrong.iter().map(String::as_str).collect();
    let refused = napi("request", &wrong).await.unwrap_err();
    let refused = format!("{refused:#}");
    assert!(refused.contains("PIN of its device is wrong"), "{refused}");
    assert!(!fs::exists("client-2027.csr").unwrap());
}

/// Says hello with nothing on the command line but the profile, which names the key.
async fn say_hello_by_profile(mock: &Mock, key: &str) {
    let hello = async |key: &str| {
        let profile = format!(
            "[profiles.token]\ncertificate = \"client-2027.pem\"\nkey = \"{key}\"\n\
             passphrase_file = \"pin\"\nuser = \"acme-api\"\npassword_file = \"password\"\n\
             ca_file = \"ca.pem\"\nbase_url = \"{}\"\n",
            mock.base_url()
        );
        fs::write("config.toml", profile).unwrap();
        napi("hello", &["--config", "config.toml", "--profile", "token"]).await
    };
    assert_eq!(hello(key).await.unwrap().text, "Hello acme-api");
    let other = key.replace("client-2027", "client-2028");
    let refused = format!("{:#}", hello(&other).await.unwrap_err());
    assert!(refused.contains("no private key"), "{refused}");
    let shown = key.replace('?', "?pin-value=4711&");
    let refused = format!("{:#}", hello(&shown).await.unwrap_err());
    assert!(
        refused.contains("pin-value") && !refused.contains("4711"),
        "{refused}"
    );
}

#[tokio::test]
async fn readme_leads_from_an_empty_token_to_hello() {
    let test = "cli::token::readme_leads_from_an_empty_token_to_hello";
    let Some(hsm) = SoftHsm::in_test(test) else {
        return;
    };
    env::set_current_dir(hsm.file("")).unwrap();
    let mock = Mock::start().await.unwrap();
    fs::write("ca.pem", mock.ca_pem()).unwrap();
    fs::write("password", "acme-password").unwrap();
    let key = hsm.uri("token=napi;object=client-2027").to_string();
    let mut said = String::new();
    for command in commands() {
        let words: Vec<_> = words(&command)
            .into_iter()
            .map(|word| word.replace("$key", &key))
            .collect();
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["softhsm2-util", arguments @ ..] => {
                run(Command::new("softhsm2-util").args(arguments));
            }
            ["printf", pin, ">", file] => {
                assert_eq!(*pin, PIN);
                fs::write(file, pin).unwrap();
            }
            ["napi-mtls", "request", arguments @ ..] => {
                refuse_wrong_pin(arguments).await;
                napi("request", arguments).await.unwrap();
                let uploaded = fs::read_to_string("client-2027.csr").unwrap();
                let issued = mock.portal().certificate(Account::ACME, &uploaded).await;
                fs::write("client-2027.pem", issued.unwrap().unwrap()).unwrap();
            }
            ["napi-mtls", "hello", arguments @ ..] => {
                let of_mock = ["--base-url", mock.base_url(), "--ca-file", "ca.pem"];
                let output = napi("hello", &[arguments, &of_mock].concat()).await;
                said = output.unwrap().text;
            }
            [assignment, ..] => assert!(assignment.starts_with("key="), "{assignment}"),
            [] => {}
        }
    }
    assert_eq!(said, "Hello acme-api");

    let identity = ["--certificate", "client-2027.pem", "--key", &key];
    let identity = [&identity[..], &["--passphrase-file", "pin"]].concat();
    let checked = napi("check", &identity).await.unwrap();
    assert!(checked.text.contains("the key stays in its device"));
    say_hello_by_profile(&mock, &key).await;
    // A file may name the key, as one that a service follows does.
    fs::write("client-2027.key", &key).unwrap();
    let named = [
        "--certificate",
        "client-2027.pem",
        "--key",
        "client-2027.key",
    ];
    let named = [&named[..], &["--passphrase-file", "pin"]].concat();
    let checked = napi("check", &named).await.unwrap();
    assert!(checked.text.contains("the key stays in its device"));
    // In a folder the PIN is beside the key.
    fs::copy("pin", "client-2027.passphrase").unwrap();
    let listed = napi("identities", &["."]).await.unwrap().text;
    assert!(listed.contains("client-2027"), "{listed}");
    // A second request is for the same key; the first one is not overwritten.
    let request = ["--key", &key, "--passphrase-file", "pin", "--name"];
    let request = [&super::SUBJECT[..], &request].concat();
    let refused = napi("request", &[&request[..], &["client-2027"]].concat()).await;
    assert!(refused.unwrap_err().to_string().contains("exists"));
    napi("request", &[&request[..], &["again"]].concat())
        .await
        .unwrap();
    let shown = key.replace("?", "?pin-value=4711&");
    let refused = napi(
        "check",
        &["--key", &shown, "--certificate", "client-2027.pem"],
    )
    .await;
    let refused = format!("{:#}", refused.unwrap_err());
    assert!(
        refused.contains("pin-value") && !refused.contains("4711"),
        "{refused}"
    );
}

/// Makes a key with the program, and has a certificate issued for it.
async fn add_pair(mock: &Mock, name: &str, words: &[&str]) {
    let request = [&super::SUBJECT[..], &["--name", name], words].concat();
    napi("request", &request).await.unwrap();
    let uploaded = fs::read_to_string(format!("{name}.csr")).unwrap();
    let issued = mock.portal().certificate(Account::ACME, &uploaded).await;
    fs::write(format!("{name}.pem"), issued.unwrap().unwrap()).unwrap();
}

#[tokio::test]
async fn folder_of_files_and_tokens_keeps_their_secrets_apart() {
    let test = "cli::token::folder_of_files_and_tokens_keeps_their_secrets_apart";
    let Some(hsm) = SoftHsm::in_test(test) else {
        return;
    };
    hsm.token("napi");
    let folder = hsm.file("identities");
    fs::create_dir(&folder).unwrap();
    env::set_current_dir(&folder).unwrap();
    let mock = Mock::start().await.unwrap();
    secret("../passphrase", "correct horse\n");
    secret("../pin", PIN);
    let key = "pkcs11:token=napi;object=client";
    add_pair(&mock, "file", &["--passphrase-file", "../passphrase"]).await;
    add_pair(
        &mock,
        "token",
        &["--key", key, "--passphrase-file", "../pin"],
    )
    .await;
    fs::write("token.key", format!("{key}\n")).unwrap();
    let list = async || {
        let words = [".", "--strict", "--passphrase-file", "../passphrase"];
        napi("identities", &words).await.unwrap()
    };

    // The passphrase of the file is no PIN.
    let listed = list().await;
    let [problem] = &listed.problems[..] else {
        panic!("{listed:?}");
    };
    assert!(problem.starts_with("token: "), "{problem}");
    assert!(problem.contains("NAME.passphrase"), "{problem}");
    let slots = hsm.pkcs11_tool_without_login(&["--list-slots"]);
    assert!(!slots.contains("user PIN count low"), "{slots}");

    secret("token.passphrase", PIN);
    let listed = list().await;
    assert!(listed.problems.is_empty(), "{listed:?}");
    for name in ["file", "token"] {
        assert!(listed.text.contains(&format!("{name}: ")), "{listed:?}");
    }
}

/// Writes a list, and returns the words of a batch of it.
fn batch(mock: &Mock, certificate: &str, key: &str) -> Vec<String> {
    secret("pin", PIN);
    secret("password", Account::ACME.api().secret_password());
    fs::write("ca.pem", mock.ca_pem()).unwrap();
    let header = "CountryCode,FirstGivenName,FirstSurName,ConsentForDataSources\n";
    let lines = (1..=3).map(|number| format!("IT,Ada,Mancini {number},Credit Agency\n"));
    fs::write("people.csv", header.to_owned() + &lines.collect::<String>()).unwrap();
    let words = [
        ["--certificate", certificate],
        ["--key", key],
        ["--passphrase-file", "pin"],
        ["--password-file", "password"],
        ["--user", "acme-api"],
        ["--base-url", mock.base_url()],
        ["--ca-file", "ca.pem"],
        ["--proxy", "none"],
        ["--input", "people.csv"],
        ["--journal", "journal"],
        ["--results", "results.csv"],
        ["--concurrency", "1"],
        ["--progress-every", "0"],
    ];
    let words = words.into_iter().flatten().map(str::to_owned);
    let words = ["run", "--no-field-check"]
        .map(str::to_owned)
        .into_iter()
        .chain(words);
    words.collect()
}

#[tokio::test]
async fn device_that_stops_signing_leaves_records_waiting() {
    let test = "cli::token::device_that_stops_signing_leaves_records_waiting";
    let Some(hsm) = SoftHsm::in_test(test) else {
        return;
    };
    env::set_current_dir(hsm.file("")).unwrap();
    let mock = Mock::start().await.unwrap();
    let portal = mock.portal();
    let customer = Customer::enrolled(Account::ACME, &portal).await.unwrap();
    hsm.token("napi");
    let text = |path: PathBuf| path.to_str().unwrap().to_owned();
    hsm.import(&text(customer.key_path().unwrap()), "napi", "client");
    let key = hsm.uri("token=napi;object=client").to_string();
    let words = batch(&mock, &text(customer.certificate_path()), &key);
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    // A record is under way, and the next one needs a connection of its own.
    let result = testing::verify_result(RecordStatus::MATCH);
    let reply = Reply::new(200)
        .header("content-type", "application/json")
        .body(serde_json::to_string(&result).unwrap());
    let script = Script::new().response(reply).tickets(Tickets::None);
    let script = script.gate(Point::BeforeResponse, "hold");
    portal.enqueue(&[script]).await.unwrap();
    let lock = async {
        portal.gate_reached("hold").await.unwrap();
        hsm.pkcs11_tool(
            "napi",
            &["--delete-object", "--type", "privkey", "--label", "client"],
        );
        portal.open_gate("hold").await.unwrap();
    };
    let (output, ()) = tokio::join!(napi("batch", &words), lock);
    let output = output.unwrap();
    assert_eq!(output.exit, Exit::Local, "{output:?}");
    assert!(output.problems[0].contains("does not sign"), "{output:?}");
    for line in ["done       1", "waiting    2"] {
        assert!(output.text.contains(line), "{output:?}");
    }
}

/// Writes a file that only its owner may read.
fn secret(path: &str, content: &str) {
    fs::write(path, content).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
}
