//! A large response to a verification, as text.

/// The number of data sources.
pub(crate) const SOURCES: usize = 100;
/// The number of fields that each has compared.
pub(crate) const FIELDS: usize = 30;

/// Returns the body: compact, some members null and some left out, as the live service has it.
pub(crate) fn body() -> String {
    let sources = list(SOURCES, source);
    format!(
        concat!(
            r#"{{"TransactionID":"c03ad3c9-da6b-452c-8a2e-fd1923973b99","UploadedDt":"2021-11-15T23:27:00","#,
            r#""CompletedDt":"2021-11-15T23:27:03.1234567","CountryCode":"AU","#,
            r#""ProductName":"Identity Verification","#,
            r#""Record":{{"TransactionRecordID":"2074fbd2-c90a-e072-5cd0-40ce4184badc","#,
            r#""RecordStatus":"match","DatasourceResults":{sources},"#,
            r#""Errors":[{{"Code":"1008","Message":"Field format invalid: PostalCode"}}],"#,
            r#""Rule":{{"RuleName":"One source","Note":"One source must match name and address.\r\n"}}}},"#,
            r#""CustomerReferenceID":"order 4711","Errors":[]}}"#,
        ),
        sources = sources
    )
}

/// Returns the same with a text at its end that is cut within a character.
pub(crate) fn odd_body() -> String {
    body().replace("\"order 4711\"", "\"order 4711 \\ud83d\"")
}

fn list(length: usize, element: fn(usize) -> String) -> String {
    let elements: Vec<_> = (0..length).map(element).collect();
    format!("[{}]", elements.join(","))
}

fn source(number: usize) -> String {
    let status = one_of(["", r#""DatasourceStatus":null,"#], number);
    let errors = match number % 5 {
        0 => r#"{"Code":"1001","Message":"Missing required field: DayOfBirth"}"#,
        _ => "",
    };
    let (fields, appended) = (list(FIELDS, field), list(4, appended));
    format!(
        concat!(
            r#"{{{status}"DatasourceName":"Resident File {number}","DatasourceFields":{fields},"#,
            r#""AppendedFields":{appended},"Errors":[{errors}],"FieldGroups":["PersonInfo","Location"]}}"#,
        ),
        status = status,
        number = number,
        fields = fields,
        appended = appended,
        errors = errors
    )
}

fn field(number: usize) -> String {
    let name = one_of(
        [
            "FirstGivenName",
            "FirstSurName",
            "BuildingNumber",
            "StreetName",
            "PostalCode",
            "DayOfBirth",
        ],
        number,
    );
    let status = one_of(["match", "nomatch", "missing"], number);
    let rest = one_of(
        [
            "",
            r#","FieldGroup":"PersonInfo","MatchPrecision":"nullmatch""#,
            r#","FieldGroup":null,"MatchPrecision":null"#,
        ],
        number / 6,
    );
    format!(r#"{{"FieldName":"{name}","Status":"{status}"{rest}}}"#)
}

fn appended(number: usize) -> String {
    let data = one_of(
        [
            r#"{"num_WL_hits":0,"num_AM_hits":1,"num_PEP_hits":0}"#,
            r#""10 Example Street, Sydney NSW 2000""#,
            r#""No Hit""#,
            r#"["NSW","VIC"]"#,
        ],
        number,
    );
    format!(r#"{{"FieldName":"Appended{number}","Data":{data}}}"#)
}

fn one_of<const COUNT: usize>(choices: [&'static str; COUNT], number: usize) -> &'static str {
    choices.into_iter().cycle().nth(number).unwrap_or_default()
}
