//! The sockets to listen on: those of the command line, or those that systemd hands over.

use anyhow::{Context, Result};
use gateway::{ListenAddress, Listener};
use listenfd::ListenFd;

use crate::refusal::Refusal;

/// The listeners of callers, and that of the admin pages.
pub(super) struct Sockets {
    pub(super) public: Vec<Listener>,
    pub(super) admin: Option<Listener>,
}

/// Opens the sockets. Those of systemd count where no address is named.
pub(super) fn open(listen: &[ListenAddress], admin: Option<&ListenAddress>) -> Result<Sockets> {
    let mut public = match listen {
        [] => handed_over()?,
        named => named.iter().map(Listener::bind).collect::<Result<_, _>>()?,
    };
    if public.is_empty() {
        let default = "127.0.0.1:8080".parse::<ListenAddress>()?;
        public.push(Listener::bind(&default)?);
    }
    let admin = admin.map(Listener::bind).transpose()?;
    if admin.as_ref().is_some_and(Listener::is_public) {
        let text = "other machines can reach the address of --admin-listen: use 127.0.0.1 or a unix socket";
        return Err(Refusal::command_line(text).into());
    }
    Ok(Sockets { public, admin })
}

/// Returns the sockets that systemd has opened (sd_listen_fds(3)).
fn handed_over() -> Result<Vec<Listener>> {
    let mut handed = ListenFd::from_env();
    let mut listeners = Vec::new();
    for index in 0..handed.len() {
        // Which kind it is, only trying tells; one that does not fit stays where it is.
        if let Ok(Some(tcp)) = handed.take_tcp_listener(index) {
            listeners.push(Listener::from_tcp(tcp)?);
            continue;
        }
        #[cfg(unix)]
        if let Some(unix) = handed
            .take_unix_listener(index)
            .context("a socket of systemd does not listen")?
        {
            listeners.push(Listener::from_unix(unix)?);
        }
    }
    Ok(listeners)
}
