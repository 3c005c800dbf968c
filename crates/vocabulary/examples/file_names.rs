//! Lists a folder, whoever has named the files in it.
//!
//! ```text
//! cargo run --example file_names -- FOLDER
//! ```

#![expect(clippy::print_stdout, reason = "a program speaks to a person")]

use vocabulary::Escaped;

fn main() -> std::io::Result<()> {
    let folder = std::env::args_os().nth(1).unwrap_or_else(|| ".".into());
    for entry in std::fs::read_dir(folder)? {
        println!("{}", Escaped::line(&entry?.file_name().to_string_lossy()));
    }
    Ok(())
}
