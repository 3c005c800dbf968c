//! `napi-mtls search`: a company, by its name; billed.

use anyhow::Result;
use napi::business::{
    BusinessResult, BusinessSearch, BusinessSearchModel, BusinessSearchRequest,
    BusinessSearchResponse,
};
use napi::verifications::Pending;
use napi::{CountryCode, Error};
use serde_json::json;

use crate::as_data::as_data;
use crate::client::{ClientArguments, ServiceClient};
use crate::diagnosis::{Diagnosis, Side};
use crate::exit::Exit;
use crate::global_arguments::GlobalArguments;
use crate::output::Output;
use crate::record_view::write_errors;
use crate::styled_text::{PLAIN, RED, StyledText, YELLOW};
use crate::table::Table;
use crate::waiting::WaitingArguments;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  napi-mtls search \"Acme Identity\" --country CA --jurisdiction BC")]
pub(crate) struct Arguments {
    /// Name of the company
    name: String,

    /// Two-letter ISO code of the country whose registers are asked, such as CA
    #[arg(long)]
    country: CountryCode,

    /// Code of the jurisdiction where it is registered, such as BC
    #[arg(long, value_name = "CODE")]
    jurisdiction: Option<String>,

    /// Web site of the company
    #[arg(long, value_name = "URL")]
    website: Option<String>,

    #[command(flatten)]
    waiting: WaitingArguments,

    /// Fail with exit code 1 if no company is found
    #[arg(long)]
    exit_status: bool,

    #[command(flatten)]
    client: ClientArguments,
}

pub(crate) async fn run(arguments: &Arguments, global: &GlobalArguments) -> Result<Output> {
    let mut company = BusinessSearchModel::named(&arguments.name);
    if let Some(code) = &arguments.jurisdiction {
        company = company.jurisdiction_of_incorporation(code);
    }
    if let Some(url) = &arguments.website {
        company = company.website(url);
    }
    let request = BusinessSearchRequest::new(arguments.country.clone(), company);
    let call = async |client: &ServiceClient| searched(client, arguments, &request).await;
    let (search, warnings) = arguments.client.call(global, &[], call).await?;
    match &search {
        BusinessSearch::Completed(response) => {
            let data = json!({"state": "completed", "result": as_data(response)?});
            let output = Output::styled(&companies(response), data, warnings);
            Ok(match arguments.exit_status && !response.is_found() {
                true => output.exit(Exit::Findings),
                false => output,
            })
        }
        BusinessSearch::Pending(pending) => Ok(going_on(pending, warnings)),
        BusinessSearch::Rejected(rejection) => {
            let mut text = StyledText::default();
            text.line(RED, "result       none: the service gave no record");
            write_errors(&mut text, rejection.errors.iter());
            let data = json!({"state": "rejected", "errors": as_data(&rejection.errors)?});
            let message = "the service gave no record, for the errors that are listed";
            let output = Output::styled(&text, data, warnings);
            Ok(output.failed(rejected(), message.to_owned()))
        }
        _ => Err(anyhow::anyhow!(
            "the response is of a kind that is not known here"
        )),
    }
}

/// Searches, and waits for the result if that is wanted.
async fn searched(
    client: &ServiceClient,
    arguments: &Arguments,
    request: &BusinessSearchRequest,
) -> Result<BusinessSearch, Error> {
    let search = client.business_search(request).await?;
    let BusinessSearch::Pending(pending) = &search else {
        return Ok(search);
    };
    match arguments.waiting.record(client, pending).await? {
        None => Ok(search),
        Some(id) => {
            let result = client.business_search_result(&id).await?;
            Ok(BusinessSearch::Completed(result))
        }
    }
}

fn companies(response: &BusinessSearchResponse) -> StyledText {
    let mut text = StyledText::default();
    let record = response.record.as_ref();
    let record = record.and_then(|record| record.transaction_record_id.as_ref());
    if let Some(id) = record {
        text.line(PLAIN, &format!("record       {}", id.as_str()));
        text.line(PLAIN, "");
    }
    let mut table = Table::new(["name", "number", "jurisdiction", "score", "address"]);
    for company in response.candidates() {
        table.row(row(company));
    }
    match response.is_found() {
        true => table.write(&mut text),
        false => text.line(YELLOW, "no company was found"),
    }
    text
}

fn row(company: &BusinessResult) -> [String; 5] {
    [
        &company.business_name,
        &company.business_registration_number,
        &company.jurisdiction_of_incorporation,
        &company.matching_score,
        &company.full_address,
    ]
    .map(|cell| cell.clone().unwrap_or_default())
}

fn going_on(pending: &Pending, warnings: Vec<String>) -> Output {
    let id = pending.transaction_id().as_str();
    let mut text = StyledText::default();
    text.line(YELLOW, "result       not yet: the transaction goes on");
    text.line(PLAIN, &format!("transaction  {id}"));
    text.line(PLAIN, &format!("next         napi-mtls status {id} --wait"));
    let data = json!({"state": "pending", "transaction_id": pending.transaction_id()});
    Output::styled(&text, data, warnings)
}

fn rejected() -> Diagnosis {
    Diagnosis {
        kind: "search_rejected".to_owned(),
        side: Side::Client,
        remedy: "correct what the errors name".into(),
        exit: Exit::Rejected,
    }
}
