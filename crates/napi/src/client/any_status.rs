//! Requests whose response is wanted whatever its status.

use bytes::Bytes;
use http::{Request, Response};
use tokio::time::Instant;

use crate::authentication::Authentication;
use crate::client::Client;
use crate::client::in_time::by;
use crate::client::raw_request::for_path;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::error_response;
use crate::exchange::exchange;
use crate::http_service::HttpService;
use crate::request_body::RequestBody;
use crate::result_with_metadata::ResultWithMetadata;
use crate::version::Version1;

impl<S: HttpService> Client<S> {
    /// Sends a request as [`send_raw`](Self::send_raw) does, with the name and password of the
    /// client, and returns the response also if it is no success.
    ///
    /// Of a response that is no success, 256 KiB are read, and as much of a compressed one as can
    /// be inflated.
    ///
    /// ```
    /// use napi::RequestBody;
    ///
    /// # async fn run(client: napi::Client) -> Result<(), napi::Error> {
    /// let request = http::Request::get("/configuration/v1/countrycodes/none");
    /// let request = request.body(RequestBody::default()).expect("the path is a URI");
    /// let response = client.send_raw_with_any_status(request).await?;
    /// println!("{}: {} bytes", response.status, response.result.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] if the URI is no path; [`Error::Transport`] if there was no response;
    /// [`Error::BodyTooLarge`] and [`Error::Compression`] for a success that cannot be read.
    pub async fn send_raw_with_any_status(
        &self,
        mut request: Request<RequestBody>,
    ) -> Result<ResultWithMetadata<Bytes>, Error> {
        let start = Instant::now();
        for_path(&mut request)?;
        let base = self.base.as_ref().map_err(|it| Error::BaseUrl(*it))?;
        *request.uri_mut() = base.join(request.uri())?;
        self.headers
            .apply(request.headers_mut(), Authentication::Basic)?;
        let call = self.call(&request, Authentication::Basic);
        let service = self.service.clone();
        let response = exchange(service, request, self.max_response_body, Ok);
        let after = self.timeout.unwrap_or(self.call_timeout);
        let end = self.timeout.and_then(|after| start.checked_add(after));
        let result = async {
            let (head, result) = by(end, after, response).await?.into_parts();
            Ok((head.status, ResultWithMetadata::new(head, result, start)))
        };
        call.run(result).await
    }

    /// Reads a response to an operation that was sent raw, as [`send`](Self::send) does: so the
    /// connection is known beside the error, too.
    ///
    /// ```
    /// use napi::Endpoint;
    /// use napi::connection::TestAuthentication;
    ///
    /// # async fn run(client: napi::Client) -> Result<(), napi::Error> {
    /// let test = TestAuthentication::new();
    /// let raw = client.send_raw_with_any_status(test.request()?).await?;
    /// println!("{:?}", raw.connection().and_then(|it| it.remote_addr()));
    /// println!("{}", client.read_raw(&test, raw)?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send), but nothing that comes before a response.
    pub fn read_raw<E: Endpoint<Version = Version1>>(
        &self,
        endpoint: &E,
        raw: ResultWithMetadata<Bytes>,
    ) -> Result<E::Response, Error> {
        let mut response = Response::new(raw.result);
        *response.status_mut() = raw.status;
        *response.headers_mut() = raw.headers;
        if !raw.status.is_success() {
            return Err(error_response::read(&response));
        }
        let result = endpoint.response(response)?;
        endpoint.check(&result, self.credentials.name())?;
        Ok(result)
    }
}
