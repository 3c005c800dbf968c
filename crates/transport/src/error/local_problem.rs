//! Conditions of this machine that prevent a connection, by the system's error number.

use std::io;

/// The reason why this machine could not open a connection, whatever the server does.
///
/// Each is to be solved on this machine, and may pass by itself. The source is the system's error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LocalProblem {
    /// `EADDRNOTAVAIL` or `EADDRINUSE`: there is no local address, or no free port, to connect
    /// from.
    #[error(
        "it has no address or no free port to connect from; check local_address and whether IPv6 is off, or close \
         connections"
    )]
    AddressUnavailable,
    /// `EACCES` or `EPERM`: the system does not allow the connection.
    #[error(
        "its system forbids the connection; check its firewall, and the sandbox or policy that this process runs in"
    )]
    Forbidden,
    /// `EMFILE`: this process has reached its limit of open files and connections.
    #[error(
        "this process has too many files and connections open; raise its limit (ulimit -n), or find what it does not close"
    )]
    ProcessFiles,
    /// `ENETUNREACH`, `ENETDOWN` or `EAFNOSUPPORT`: there is no route to any address of the server.
    #[error(
        "it has no route to the server; check its network, and whether it has one for this address family (IPv4, IPv6)"
    )]
    NoRoute,
    /// `ENOBUFS` or `ENOMEM`: the system has no memory for another connection.
    #[error("its system has no memory left for another connection")]
    SystemMemory,
    /// `ENFILE`: the whole system has reached its limit of open files and connections.
    #[error(
        "its system has too many files and connections open; raise its limit (fs.file-max), or find which process has them"
    )]
    SystemFiles,
}

impl LocalProblem {
    /// Returns the problem that a system error stands for, if it is one of these.
    pub(crate) fn of(error: &io::Error) -> Option<Self> {
        use io::ErrorKind as Kind;
        match error.kind() {
            Kind::AddrInUse | Kind::AddrNotAvailable => return Some(Self::AddressUnavailable),
            Kind::NetworkDown | Kind::NetworkUnreachable => return Some(Self::NoRoute),
            Kind::OutOfMemory => return Some(Self::SystemMemory),
            Kind::PermissionDenied => return Some(Self::Forbidden),
            _ => {}
        }
        // The kinds above are stable in the standard library; these numbers have none.
        let number = error.raw_os_error()?;
        NUMBERS
            .iter()
            .find(|(other, _)| *other == number)
            .map(|(_, problem)| *problem)
    }

    /// Returns the problem behind several attempts, one for each address of a server.
    ///
    /// One attempt is enough to show that the machine has run out of something; that there is no
    /// route is certain only if every attempt says so.
    pub(crate) fn of_all<'a>(errors: impl IntoIterator<Item = &'a io::Error>) -> Option<Self> {
        let problems: Vec<_> = errors.into_iter().map(Self::of).collect();
        let is_exhausted = |problem: &&Option<Self>| {
            let out_of = [Self::ProcessFiles, Self::SystemFiles, Self::SystemMemory];
            problem.is_some_and(|problem| out_of.contains(&problem))
        };
        let all_local = problems.iter().all(Option::is_some);
        let first = problems.iter().find(is_exhausted);
        *first.or_else(|| problems.first().filter(|_| all_local))?
    }

    /// Returns the problem of a lookup. The C library often reports only that it found nothing, so
    /// this tries whether the process can open a socket at all.
    pub(crate) fn of_lookup(error: &io::Error) -> Option<Self> {
        let named = Self::of(error);
        named.or_else(|| {
            let socket = std::net::UdpSocket::bind((std::net::Ipv4Addr::LOCALHOST, 0));
            socket.err().as_ref().and_then(Self::of)
        })
    }
}

/// The numbers for which the standard library has no kind.
#[cfg(any(target_os = "linux", target_os = "android"))]
const NUMBERS: [(i32, LocalProblem); 4] = [
    (23, LocalProblem::SystemFiles),   // ENFILE
    (24, LocalProblem::ProcessFiles),  // EMFILE
    (97, LocalProblem::NoRoute),       // EAFNOSUPPORT
    (105, LocalProblem::SystemMemory), // ENOBUFS
];
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
const NUMBERS: [(i32, LocalProblem); 4] = [
    (23, LocalProblem::SystemFiles),  // ENFILE
    (24, LocalProblem::ProcessFiles), // EMFILE
    (47, LocalProblem::NoRoute),      // EAFNOSUPPORT
    (55, LocalProblem::SystemMemory), // ENOBUFS
];
#[cfg(not(unix))]
const NUMBERS: [(i32, LocalProblem); 3] = [
    (10024, LocalProblem::ProcessFiles), // WSAEMFILE
    (10047, LocalProblem::NoRoute),      // WSAEAFNOSUPPORT
    (10055, LocalProblem::SystemMemory), // WSAENOBUFS
];

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn system_error_numbers_map_to_problems() {
        for (number, problem) in [
            (1, Some(LocalProblem::Forbidden)),
            (12, Some(LocalProblem::SystemMemory)),
            (13, Some(LocalProblem::Forbidden)),
            (23, Some(LocalProblem::SystemFiles)),
            (24, Some(LocalProblem::ProcessFiles)),
            (97, Some(LocalProblem::NoRoute)),
            (98, Some(LocalProblem::AddressUnavailable)),
            (99, Some(LocalProblem::AddressUnavailable)),
            (100, Some(LocalProblem::NoRoute)),
            (101, Some(LocalProblem::NoRoute)),
            (105, Some(LocalProblem::SystemMemory)),
            (104, None), // ECONNRESET
            (110, None), // ETIMEDOUT
            (111, None), // ECONNREFUSED
            (113, None), // EHOSTUNREACH
        ] {
            let error = io::Error::from_raw_os_error(number);
            assert_eq!(LocalProblem::of(&error), problem, "{error}");
        }
    }

    #[test]
    fn refusal_by_one_address_is_not_local() {
        let unreachable = || io::Error::from(io::ErrorKind::NetworkUnreachable);
        let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
        let of_all = |errors: &[io::Error]| LocalProblem::of_all(errors);
        assert_eq!(of_all(&[unreachable(), refused()]), None);
        assert_eq!(of_all(&[refused(), unreachable()]), None);
        assert_eq!(
            of_all(&[unreachable(), unreachable()]),
            Some(LocalProblem::NoRoute)
        );
        assert_eq!(of_all(&[]), None);
        let memory = io::Error::from(io::ErrorKind::OutOfMemory);
        assert_eq!(
            of_all(&[refused(), memory]),
            Some(LocalProblem::SystemMemory)
        );
    }

    #[test]
    fn unknown_name_is_not_local() {
        let error = io::Error::other("failed to lookup address information");
        assert_eq!(LocalProblem::of_lookup(&error), None);
    }
}
