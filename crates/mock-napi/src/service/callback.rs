//! Callbacks to be made, and where they go.

use axum::http::Uri;

use crate::event::ConnectionLog;
use crate::service::settings::ServiceSettings;

/// A callback to be made.
pub(crate) struct Callback {
    pub(crate) transaction_id: String,
    pub(crate) account: String,
    pub(crate) receiver: Receiver,
    /// Of the connection that asked for it.
    pub(crate) log: ConnectionLog,
}

/// The destination of a callback: this machine, unless another is allowed by its name.
#[derive(Clone)]
pub(crate) struct Receiver {
    pub(crate) port: u16,
    /// The host to connect to: this machine, or one that was allowed by name.
    pub(crate) machine: String,
    pub(crate) host: String,
    pub(crate) path: String,
}

impl Receiver {
    /// Returns where a callback to this URL goes; `None` for NAPI's own path, where no one listens,
    /// and for other machines that are neither allowed by name nor turned to this one by a setting.
    pub(crate) fn of(url: &str, settings: &ServiceSettings, allowed: &[String]) -> Option<Self> {
        let url: Uri = url.parse().ok()?;
        if url.path().ends_with("/connection/v1/async-callback")
            || url.path().ends_with("/v3/connection/async-callback")
        {
            return None;
        }
        let host = url.host()?;
        let is_plain = url.scheme_str().is_some_and(|scheme| scheme == "http");
        let is_here = matches!(host, "localhost" | "127.0.0.1");
        let is_allowed = allowed.iter().any(|name| host.eq_ignore_ascii_case(name));
        let own = is_plain && (is_here || is_allowed);
        let own = own.then(|| url.port_u16().unwrap_or(80));
        // With a port of this machine for all, none goes elsewhere.
        let machine = match is_allowed && settings.callback_port.is_none() {
            true => host.to_owned(),
            false => "127.0.0.1".to_owned(),
        };
        let authority = url.authority()?.as_str();
        // No name and password of a user in it.
        let authority = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        Some(Self {
            port: settings.callback_port.or(own)?,
            machine,
            host: authority.to_owned(),
            path: url.path_and_query()?.as_str().to_owned(),
        })
    }
}

impl Receiver {
    pub(crate) fn path_without_query(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(url: &str, settings: &ServiceSettings) -> Option<u16> {
        Receiver::of(url, settings, &[]).map(|receiver| receiver.port)
    }

    #[test]
    fn a_callback_goes_to_this_machine_or_nowhere() {
        let settings = ServiceSettings::new();
        assert_eq!(port("http://127.0.0.1:8080/done", &settings), Some(8080));
        assert_eq!(port("http://localhost/done", &settings), Some(80));
        for elsewhere in [
            "https://localhost:8443/done", // its certificate would have to be trusted
            "http://127.0.0.1.example:8080/done",
            "http://10.0.0.1:8080/done",
            "https://acme.example/done",
            "done",
            "",
        ] {
            assert_eq!(port(elsewhere, &settings), None, "{elsewhere}");
        }
    }

    #[test]
    fn host_header_has_the_port_and_no_user() {
        let settings = ServiceSettings::new();
        for (url, expected) in [
            ("http://127.0.0.1:8080/done", "127.0.0.1:8080"),
            ("http://user:secret@localhost:8080/done", "localhost:8080"),
            ("http://localhost/done", "localhost"),
        ] {
            let receiver = Receiver::of(url, &settings, &[]).unwrap();
            assert_eq!(receiver.host, expected);
        }
    }

    #[test]
    fn a_port_turns_every_callback_to_this_machine() {
        let settings = ServiceSettings::new().callback_port(8080);
        assert_eq!(port("https://acme.example/done?x=1", &settings), Some(8080));
        for unusable in [
            "https://api.trulioo.com/connection/v1/async-callback",
            "https://api.trulioo.com/v3/connection/async-callback",
        ] {
            assert_eq!(port(unusable, &settings), None);
        }
    }
    #[test]
    fn callback_leaves_this_machine_for_an_allowed_host_alone() {
        let allowed = ["app.example".to_owned()];
        let machine = |url: &str, settings: &ServiceSettings| {
            let receiver = Receiver::of(url, settings, &allowed)?;
            Some((receiver.machine, receiver.port))
        };
        let settings = ServiceSettings::new();
        let app = || Some(("app.example".to_owned(), 8080));
        assert_eq!(
            machine("http://APP.example:8080/done", &settings).map(|it| it.1),
            Some(8080)
        );
        assert_eq!(machine("http://app.example:8080/done", &settings), app());
        for elsewhere in [
            "https://app.example:8080/done",
            "http://app.example.evil.example:8080/done",
            "http://app.example@evil.example:8080/done",
        ] {
            assert_eq!(machine(elsewhere, &settings), None, "{elsewhere}");
        }
        let here = ServiceSettings::new().callback_port(9);
        let turned = machine("http://app.example:8080/done", &here);
        assert_eq!(turned, Some(("127.0.0.1".to_owned(), 9)));
    }
}
