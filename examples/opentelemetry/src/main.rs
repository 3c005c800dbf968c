//! Makes a call of NAPI against the mock, and prints its spans as OpenTelemetry has them.

use opentelemetry_example::{Error, client, propagation, subscriber};
use opentelemetry_sdk::trace::InMemorySpanExporter;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let mock = mock_napi::MockNapi::builder().start().await?;
    let exporter = InMemorySpanExporter::default();
    let (subscriber, provider) = subscriber(exporter.clone());
    tracing::subscriber::set_global_default(subscriber)?;
    let client = client(&mock, &mock.client_identity("acme")?, propagation())?;
    client.test_authentication().await?;

    provider.force_flush()?;
    for span in exporter.get_finished_spans()? {
        print(&span.name.to_string());
        for attribute in &span.attributes {
            print(&format!("    {} = {}", attribute.key, attribute.value));
        }
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "what this program is for")]
fn print(line: &str) {
    println!("{line}");
}
