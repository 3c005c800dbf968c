//! Rules of every command that connects, and of every command: tables over their tree.

use std::io::{BufRead, BufReader};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::Stdio;

use clap::CommandFactory;
use rustix::process::{Pid, Signal, kill_process_group};

use crate::batch::silent_server;
use crate::examples::{Example, Workplace, examples};
use crate::proxy::proxy;
use crate::stderr;
use crate::terminal::Terminal;

/// Returns each command of the program by its full name.
fn commands() -> Vec<(String, clap::Command)> {
    fn collect(command: &clap::Command, name: &str, found: &mut Vec<(String, clap::Command)>) {
        found.push((name.to_owned(), command.clone()));
        for sub in command.get_subcommands() {
            collect(sub, &format!("{name} {}", sub.get_name()), found);
        }
    }
    let mut found = Vec::new();
    collect(&cli::Arguments::command(), "napi-mtls", &mut found);
    found
}

/// Returns an example of each command that connects by itself: it can be told where to, and ends.
fn connecting() -> Vec<Example> {
    let is_told_where = |command: &clap::Command| {
        let mut arguments = command.get_arguments();
        arguments.any(|it| it.get_long() == Some("base-url"))
    };
    let commands = commands();
    let connecting = commands.iter().filter(|(_, it)| is_told_where(it));
    let examples = examples();
    let example = |name: &str| examples.iter().find(|it| it.command == name).unwrap();
    let found = connecting.map(|(name, _)| example(name).clone());
    let found: Vec<_> = found.filter(|it| !it.is_interrupted).collect();
    assert!(found.len() >= 14, "{found:?}");
    found
}

#[test]
fn every_command_that_connects_goes_through_the_proxy() {
    let workplace = Workplace::new();
    for example in connecting() {
        let (url, asked) = proxy();
        let option = format!("{} --proxy {url}", example.line);
        let output = workplace.shell(&option).output().unwrap();
        let first = asked.join().unwrap();
        assert!(first.starts_with("CONNECT localhost:"), "{option}: {first}");
        assert_eq!(
            output.status.code(),
            Some(4),
            "{option}: {}",
            stderr(&output)
        );

        let (url, asked) = proxy();
        let mut command = workplace.shell(&example.line);
        command.env_remove("NO_PROXY").env("HTTPS_PROXY", url);
        let output = command.output().unwrap();
        assert!(asked.join().unwrap().starts_with("CONNECT localhost:"));
        assert_eq!(output.status.code(), Some(4), "{}", stderr(&output));
    }
}

#[test]
fn interrupt_of_a_request_in_flight_ends_every_command() {
    let workplace = Workplace::new();
    for example in connecting() {
        let (url, connections) = silent_server();
        let line = format!("{} --base-url {url}", example.line);
        let mut command = workplace.shell(&line);
        let command = command.stdout(Stdio::null()).stderr(Stdio::piped());
        let child = command.process_group(0).spawn().unwrap();
        let _in_flight = connections.recv().unwrap();
        kill_process_group(Pid::from_child(&child), Signal::INT).unwrap();
        let output = child.wait_with_output().unwrap();
        // A shell shows both as 130; the second tells it to end too.
        let status = output.status;
        let is_interrupted = status.code() == Some(130) || status.signal() == Some(2);
        assert!(is_interrupted, "{line}: {status}: {}", stderr(&output));
    }
}

#[test]
fn closed_pipe_changes_no_exit_code_of_any_command() {
    let workplace = Workplace::new();
    for example in examples() {
        if example.is_interrupted {
            continue; // those that go on are tested by themselves
        }
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = workplace
            .shell(&example.line)
            .stdout(writer)
            .output()
            .unwrap();
        let text = stderr(&output);
        assert_eq!(
            output.status.code(),
            Some(example.code),
            "{}: {text}",
            example.line
        );
        assert!(!text.contains("cannot write"), "{}: {text}", example.line);
    }
}

#[test]
fn mock_serves_though_no_one_reads_what_it_prints() {
    let workplace = Workplace::new();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = workplace.shell("napi-mtls mock --folder other --until-stdin-closes");
    let mut mock = command
        .stdin(Stdio::piped())
        .stdout(writer)
        .spawn()
        .unwrap();
    let events =
        "napi-mtls watch --interval 1 --certificate other/client.pem --key other/client.key";
    let mut watch = workplace.shell(&format!("mkdir -p other; {events}"));
    let mut watch = watch.stdout(Stdio::piped()).spawn().unwrap();
    // The last file but one that the mock writes, and then it serves.
    let lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    assert!(
        lines
            .map_while(Result::ok)
            .any(|it| it.contains("is in use from now on"))
    );
    watch.kill().unwrap();
    watch.wait().unwrap();
    drop(mock.stdin.take());
    assert_eq!(mock.wait().unwrap().code(), Some(0));
}

#[test]
fn mistyped_word_is_met_with_the_right_one() {
    for (name, command) in commands() {
        let words: Vec<_> = name.split(' ').collect();
        if let Some((last, before)) = words.split_last().filter(|(_, before)| !before.is_empty()) {
            let mistyped = format!("{}x", last);
            let text = refused(&[before, &[&mistyped]].concat());
            assert!(text.contains(&format!("'{last}'")), "{name}: {text}");
        }
        for argument in command.get_arguments() {
            let Some(option) = argument.get_long() else {
                continue;
            };
            // Of an option that looks like a secret is said why there is none.
            if option.contains("pass") {
                continue;
            }
            let mistyped = format!("--{option}x");
            let text = refused(&[&words[..], &[&mistyped]].concat());
            assert!(
                text.contains(&format!("'--{option}'")),
                "{name} {mistyped}: {text}"
            );
        }
    }
}

fn refused(words: &[&str]) -> String {
    let error = cli::Arguments::from_words(words).unwrap_err();
    assert_eq!(error.exit_code(), 2, "{words:?}");
    error.to_string()
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let workplace = Workplace::new();
    for (line, variable, is_coloured) in [
        ("napi-mtls connect", "UNRELATED", true),
        ("napi-mtls connect", "NO_COLOR", false),
        ("napi-mtls verify --json person.json", "UNRELATED", true),
        ("napi-mtls verify --json person.json", "NO_COLOR", false),
        ("napi-mtls check --help", "UNRELATED", true),
        ("napi-mtls check --help", "NO_COLOR", false),
    ] {
        let mut command = workplace.shell(line);
        command
            .env_remove("NO_COLOR")
            .env("TERM", "xterm")
            .env(variable, "1");
        let (ended, shown) = Terminal::start(command).end();
        assert!(ended.success(), "{line}: {shown}");
        assert_eq!(
            shown.contains('\u{1b}'),
            is_coloured,
            "{line}, {variable}: {shown:?}"
        );
    }
    let piped = workplace
        .shell("napi-mtls connect")
        .env("TERM", "xterm")
        .output()
        .unwrap();
    assert!(!crate::stdout(&piped).contains('\u{1b}'), "{piped:?}");
}
