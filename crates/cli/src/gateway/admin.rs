//! The admin pages: `/healthz`, `/readyz` and `/metrics`, for this machine alone.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use gateway::{Listener, Page, serve_pages};
use http::StatusCode;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::time::{MissedTickBehavior, interval};

use crate::gateway::readiness::Readiness;

/// The recorder of the process, `None` if another part of it records already: the facade `metrics`
/// has one, and one only.
static METRICS: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Begins to record metrics, where they will be asked for.
pub(super) fn record(is_wanted: bool) -> Result<Option<&'static PrometheusHandle>> {
    if !is_wanted {
        return Ok(None);
    }
    // Of two gateways that start at once in a process, the second waits for the first's recorder.
    let metrics = METRICS.get_or_init(install).as_ref();
    metrics.context("metrics are recorded already").map(Some)
}

fn install() -> Option<PrometheusHandle> {
    let of_heads = Matcher::Full("gateway_response_head_seconds".to_owned());
    let of_requests = Matcher::Full(REQUEST_DURATION.to_owned());
    // The unit as a suffix, as OpenTelemetry's own exporter has it.
    let builder = PrometheusBuilder::new().with_recommended_naming(true);
    let builder = builder.set_buckets_for_metric(of_heads, &BUCKETS).ok()?;
    let builder = builder.set_buckets_for_metric(of_requests, &REQUEST_BUCKETS);
    let recorder = builder.ok()?.build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).ok()?;
    metrics::describe_histogram!(
        REQUEST_DURATION,
        metrics::Unit::Seconds,
        "Duration of requests to the server, each attempt by itself, up to the head of the response."
    );
    Some(handle)
}

/// From an identity's lookup to a verification that waits for its sources.
const BUCKETS: [f64; 12] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 15.0, 60.0, 150.0,
];

const REQUEST_DURATION: &str = "http.client.request.duration";

/// Those that OpenTelemetry's conventions recommend, and three for slow verifications.
const REQUEST_BUCKETS: [f64; 17] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 30.0, 60.0,
    150.0,
];

/// Serves the pages until `stop` is ready.
pub(super) async fn serve(
    listener: Listener,
    readiness: Arc<Readiness>,
    metrics: Option<&'static PrometheusHandle>,
    stop: impl Future<Output = ()>,
) -> Result<(), gateway::Error> {
    let page = move |path: &str| match path {
        "/healthz" => Some(Page::new(StatusCode::OK, "ok\n")),
        "/readyz" => Some(match readiness.check(SystemTime::now()) {
            Ok(()) => Page::new(StatusCode::OK, "ready\n"),
            Err(reason) => Page::new(
                StatusCode::SERVICE_UNAVAILABLE,
                format!("not ready: {reason}\n"),
            ),
        }),
        "/metrics" => metrics.map(|metrics| {
            let page = Page::new(StatusCode::OK, metrics.render());
            page.content_type("text/plain; version=0.0.4; charset=utf-8")
        }),
        _ => None,
    };
    let serving = serve_pages(listener, page, stop);
    let Some(metrics) = metrics else {
        return serving.await;
    };
    tokio::select! {
        served = serving => served,
        never = upkeep(metrics) => never,
    }
}

/// Bounds what histograms keep until someone asks for them.
async fn upkeep<T>(metrics: &PrometheusHandle) -> T {
    let mut ticks = interval(Duration::from_secs(5));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        metrics.run_upkeep();
    }
}
