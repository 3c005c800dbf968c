//! The list of a batch: opened, and the form that the command line gives it.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use batch::{CsvForm, ListEncoding, ListForm};
use tokio::fs::File;
use tokio::io::BufReader;

use crate::refusal::Refusal;

/// The bytes that are read in one step.
const BUFFER: usize = 256 << 10;

/// The list on the command line.
#[derive(Debug, clap::Args)]
pub(crate) struct ListArguments {
    /// File with the list: CSV if its name ends in .csv or .tsv, else JSON, one VerifyRequest a
    /// line. It is read twice, so it cannot be a pipe. Lines may be put in and taken out before the
    /// batch is done, not changed
    #[arg(long, value_name = "FILE")]
    input: PathBuf,

    /// Form of the list, whatever its name
    #[arg(long, value_enum, value_name = "FORM")]
    input_form: Option<InputForm>,

    /// Encoding of the list, such as windows-1252 or utf-16
    #[arg(long, value_name = "NAME", default_value = "utf-8")]
    encoding: ListEncoding,

    #[command(flatten)]
    columns: ColumnArguments,
}

/// The columns of a list in CSV.
#[derive(Debug, clap::Args)]
struct ColumnArguments {
    /// Take a column for a field, such as "Given name=FirstGivenName" or
    /// "Number=Passport.Number"; for none without a field ("Remarks=")
    #[arg(long, value_name = "COLUMN=FIELD", value_parser = pair)]
    map: Vec<(String, String)>,

    /// Give a field the same value in each record that has none, such as CountryCode=IT
    #[arg(long, value_name = "FIELD=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,

    /// Form of the dates of the list, such as DD.MM.YYYY
    #[arg(long, value_name = "FORM", default_value = "YYYY-MM-DD")]
    dates: String,

    /// Character between two cells; by default the one of comma, semicolon and tab that is most
    /// often in the first line
    #[arg(long, value_name = "CHARACTER", value_parser = separator)]
    separator: Option<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum InputForm {
    Csv,
    Ndjson,
}

impl ListArguments {
    /// Returns the form of the list.
    pub(crate) fn form(&self) -> Result<ListForm, Refusal> {
        let form = match self.is_csv() {
            true => ListForm::csv(self.columns.form()?),
            false if self.columns.is_given() => {
                return Err(Refusal::command_line(
                    "--map, --set and --separator are for lists in CSV: if this is one, say --input-form csv",
                ));
            }
            false => ListForm::ndjson(),
        };
        Ok(form.encoding(self.encoding))
    }

    /// Opens the list at its beginning.
    pub(crate) async fn open(&self) -> Result<BufReader<File>> {
        let path = self.input.display();
        let unreadable = || Refusal::file(format!("cannot read the list {path}"));
        let metadata = fs::metadata(&self.input).with_context(unreadable)?;
        if !metadata.is_file() {
            let text =
                format!("{path} is no regular file: the list is read twice, once to check it");
            return Err(Refusal::file(text).into());
        }
        let file = File::open(&self.input).await.with_context(unreadable)?;
        Ok(BufReader::with_capacity(BUFFER, file))
    }

    fn is_csv(&self) -> bool {
        let end = self.input.extension().unwrap_or_default();
        let by_name = ["csv", "tsv"].iter().any(|it| end.eq_ignore_ascii_case(it));
        self.input_form
            .map_or(by_name, |form| form == InputForm::Csv)
    }
}

impl ColumnArguments {
    fn is_given(&self) -> bool {
        !self.map.is_empty() || !self.set.is_empty() || self.separator.is_some()
    }

    fn form(&self) -> Result<CsvForm, Refusal> {
        let refused = |error: String| Refusal::command_line(error);
        let mut form = CsvForm::new();
        for (column, field) in &self.map {
            let mapped = form.map(column, field);
            form = mapped.map_err(|error| refused(format!("--map: {error}")))?;
        }
        for (field, value) in &self.set {
            let set = form.constant(field, value);
            form = set.map_err(|error| refused(format!("--set: {error}")))?;
        }
        let dated = form.dates(&self.dates);
        let form = dated.map_err(|error| refused(format!("--dates: {error}")))?;
        Ok(match self.separator {
            Some(separator) => form.separator(separator),
            None => form,
        })
    }
}

/// Splits at the first equals sign: the value of a field may have one.
fn pair(text: &str) -> Result<(String, String), &'static str> {
    let pair = text.split_once('=');
    let (name, value) = pair.ok_or("it needs an equals sign between the two names")?;
    Ok((name.to_owned(), value.to_owned()))
}

fn separator(text: &str) -> Result<u8, &'static str> {
    match text.as_bytes() {
        b"\\t" => Ok(b'\t'),
        [one] if !b"\"\r\n".contains(one) => Ok(*one),
        _ => Err("it is no single character such as ; or \\t"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pair_and_separator_are_read() {
        let of = |text| pair(text).map(|(name, value)| format!("{name}|{value}"));
        assert_eq!(
            of("Given name=FirstGivenName").as_deref(),
            Ok("Given name|FirstGivenName")
        );
        assert_eq!(of("Remarks=").as_deref(), Ok("Remarks|"));
        assert!(of("Remarks").is_err());
        assert_eq!(
            [separator(";"), separator("\\t"), separator("\t")],
            [Ok(b';'), Ok(b'\t'), Ok(b'\t')]
        );
        assert!(separator("").is_err() && separator("ab").is_err() && separator("\"").is_err());
    }
}
