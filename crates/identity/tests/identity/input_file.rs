//! Reading an input: files, pipes and standard input, and what would never end.

use std::fs;

use identity::{Error, Input, InputFile, Loader, PathKind};

use crate::support::{vector, vector_path};

#[test]
fn file_of_limit_is_read_and_longer_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (input, most) in [
        (Input::Certificate, 1 << 20),
        (Input::Key, 1 << 20),
        (Input::Passphrase, 4096),
        (Input::Password, 4096),
        (Input::TrustAnchors, 1 << 20),
    ] {
        let path = folder.path().join("file");
        fs::write(&path, vec![b' '; most]).unwrap();
        let content = InputFile::new(&path, input).read().unwrap();
        assert_eq!(content.secret_bytes().len(), most);
        fs::write(&path, vec![b' '; most + 1]).unwrap();
        let error = InputFile::new(&path, input).read().unwrap_err();
        assert!(
            matches!(error, Error::TooLarge { input: seen, limit } if (seen, limit) == (input, most as u64))
        );
        let raised = InputFile::new(&path, input).limit(most as u64 + 1);
        assert_eq!(raised.read().unwrap().secret_bytes().len(), most + 1);
    }
}

#[test]
fn what_was_read_is_not_shown() {
    let file = InputFile::new(vector_path("key.pem"), Input::Key);
    let content = file.read().unwrap();
    assert_eq!(content.secret_bytes(), vector("key.pem"));
    assert_eq!(format!("{content:?}"), "FileContent { .. }");
}

#[test]
fn a_dash_is_a_file_name_unless_pipes_are_allowed() {
    let error = InputFile::new("-", Input::Key).read().unwrap_err();
    assert!(matches!(error, Error::Read { path, .. } if path.as_os_str() == "-"));
}

#[test]
fn folders_and_devices_are_refused_with_pipes_too() {
    let read = |path: &str| InputFile::new(path, Input::File).allow_pipe().read();
    let folder = read(env!("CARGO_MANIFEST_DIR")).unwrap_err();
    assert!(matches!(
        folder,
        Error::NotAFile {
            kind: PathKind::Folder,
            ..
        }
    ));
    if cfg!(unix) {
        for device in ["/dev/zero", "/dev/null"] {
            let error = read(device).unwrap_err();
            assert!(matches!(
                error,
                Error::NotAFile {
                    kind: PathKind::Device,
                    ..
                }
            ));
        }
    }
}

#[cfg(unix)]
mod unix {
    use std::io::Write;
    use std::os::unix::net::UnixListener;
    use std::path::{Path, PathBuf};
    use std::process::{Command, Output, Stdio};
    use std::time::Instant;
    use std::{env, thread};

    use super::*;

    #[test]
    fn a_socket_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let _listener = UnixListener::bind(&path).unwrap();
        let error = InputFile::new(&path, Input::Key).read().unwrap_err();
        assert!(matches!(
            error,
            Error::NotAFile {
                kind: PathKind::Socket,
                ..
            }
        ));
    }

    fn new_pipe(folder: &Path) -> PathBuf {
        let pipe = folder.join("pipe");
        let made = Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        pipe
    }

    #[test]
    fn key_in_named_pipe_is_loaded_only_if_allowed() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = new_pipe(folder.path());
        let refused = Loader::new().open_key_file(&pipe).unwrap_err();
        assert!(matches!(
            refused,
            Error::NotAFile {
                kind: PathKind::Pipe,
                ..
            }
        ));

        let path = pipe.clone();
        let writer = thread::spawn(move || fs::write(path, vector("key.pem")));
        Loader::new().allow_pipes().open_key_file(&pipe).unwrap();
        writer.join().unwrap().unwrap();
    }

    #[test]
    fn pipe_without_writer_ends_in_seconds() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = new_pipe(folder.path());
        let started = Instant::now();
        let error = Loader::new()
            .allow_pipes()
            .open_key_file(&pipe)
            .unwrap_err();
        assert!(matches!(error, Error::PipeWithoutWriter { path } if path == pipe));
        assert!(started.elapsed().as_secs() < 60);
    }

    // The shell's `<(command)`, whose path is handed to a child.
    #[test]
    fn a_process_substitution_is_read() {
        let command = format!("CHILD_READS=<(printf from-a-pipe) {}", child_command());
        let output = Command::new("bash").args(["-c", &command]).output();
        // Not every Unix has bash; CI's does.
        if let Ok(output) = output {
            assert_eq!(said(&output), "from-a-pipe");
        }
    }

    #[test]
    fn standard_input_is_read_under_each_of_its_names() {
        for name in ["-", "/dev/stdin", "/dev/fd/0"] {
            let mut child = child(name).stdin(Stdio::piped()).spawn().unwrap();
            child.stdin.take().unwrap().write_all(b"typed").unwrap();
            assert_eq!(said(&child.wait_with_output().unwrap()), "typed", "{name}");
        }
    }

    #[test]
    fn standard_input_from_a_file_or_a_socket_is_read() {
        let file = fs::File::open(vector_path("cert.pem")).unwrap();
        let output = child("-").stdin(file).output().unwrap();
        assert_eq!(
            said(&output).as_bytes(),
            vector("cert.pem").trim_ascii_end()
        );

        let (near, mut far) = std::os::unix::net::UnixStream::pair().unwrap();
        far.write_all(b"from a socket").unwrap();
        drop(far);
        let output = child("-").stdin(std::os::fd::OwnedFd::from(near)).output();
        assert_eq!(said(&output.unwrap()), "from a socket");
    }

    #[test]
    fn a_closed_standard_input_is_named() {
        let output = child("-").stdin(Stdio::null()).output().unwrap();
        assert!(said(&output).contains("- is closed"), "{output:?}");
        let closed = format!("CHILD_READS=- {} <&-", child_command());
        let output = Command::new("sh").args(["-c", &closed]).output().unwrap();
        assert!(said(&output).contains("- is closed"), "{output:?}");
    }

    // Not a test of its own: what the tests above start, with standard input as they want it.
    #[test]
    fn child_says_what_it_reads() {
        let Some(path) = env::var_os("CHILD_READS") else {
            return;
        };
        let file = InputFile::new(Path::new(&path), Input::File).allow_pipe();
        let said = match file.read() {
            Ok(content) => String::from_utf8(content.secret_bytes().to_vec()).unwrap(),
            Err(error) => error.to_string(),
        };
        println!("{START}{said}{END}");
    }

    fn child(path: &str) -> Command {
        let mut command = Command::new(env::current_exe().unwrap());
        command
            .args(CHILD)
            .env("CHILD_READS", path)
            .stdout(Stdio::piped());
        command
    }

    fn child_command() -> String {
        format!(
            "'{}' {}",
            env::current_exe().unwrap().display(),
            CHILD.join(" ")
        )
    }

    fn said(output: &Output) -> String {
        let text = String::from_utf8(output.stdout.clone()).unwrap();
        let after = text
            .split_once(START)
            .unwrap_or_else(|| panic!("{output:?}"))
            .1;
        after.split_once(END).unwrap().0.trim_end().to_owned()
    }

    const CHILD: [&str; 3] = [
        "--exact",
        "input_file::unix::child_says_what_it_reads",
        "--nocapture",
    ];
    const START: &str = "<<<";
    const END: &str = ">>>";
}
