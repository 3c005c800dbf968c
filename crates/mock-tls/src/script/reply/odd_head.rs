//! Heads that are not as they should be, and that servers send all the same; and heads by which a
//! response could be split, which no client should read.

use crate::script::reply::Reply;

impl Reply {
    /// Adds the cookies of Imperva, by which it tells clients apart: a control character in a
    /// value.
    ///
    /// Over HTTP/2 the field is sent as it stands, too.
    #[must_use]
    pub fn control_character_cookie(self) -> Self {
        let cookie = "___utmvaPRuXKscZ=dmo\x01OZPF; path=/; Max-Age=900; Secure; SameSite=None";
        self.header("x-cdn", "Imperva").header("set-cookie", cookie)
    }

    /// Adds a cookie over three lines (obs-fold, RFC 9112, section 5.2).
    #[must_use]
    pub fn folded_cookie(self) -> Self {
        let cookie = "visid_incap_1=a;\r\n expires=Wed, 31 Dec 2098 23:59:59 GMT;\r\n\tpath=/";
        self.header("set-cookie", cookie)
    }

    /// Adds this many fields of a few bytes.
    #[must_use]
    pub fn many_fields(self, count: u16) -> Self {
        (0..count).fold(self, |reply, number| {
            reply.header(format!("x-field-{number}"), "a")
        })
    }

    /// Adds fields of 1000 bytes, so many that the head has about this many kilobytes.
    #[must_use]
    pub fn large_head(self, kilobytes: u16) -> Self {
        let value = "a".repeat(1000);
        (0..kilobytes).fold(self, |reply, _| reply.header("x-large", value.as_str()))
    }

    /// Chunks that are announced by `Transfer-Encoding : chunked`, beside a length of another kind:
    /// a client that leaves the one line out takes a part of the body for another response.
    #[must_use]
    pub fn hidden_chunks(self) -> Self {
        self.header("Transfer-Encoding ", "chunked")
    }

    /// Adds a second, other length.
    #[must_use]
    pub fn second_length(self) -> Self {
        self.header("content-length", "1")
    }

    /// Adds a carriage return that ends no line, and what could be a line behind it.
    #[must_use]
    pub fn lone_carriage_return(self) -> Self {
        self.header("x-note", "a\rset-cookie: b=c")
    }

    /// Adds a NUL in a value.
    #[must_use]
    pub fn nul_in_value(self) -> Self {
        self.header("x-note", "a\0b")
    }

    /// Adds a line without a colon.
    #[must_use]
    pub fn line_without_colon(self) -> Self {
        self.header("x-note", "a\r\nno field at all")
    }
}
