//! The vendor's group "connection": is the service there, and does it know us?

mod say_hello;
mod test_authentication;

pub use say_hello::SayHello;
pub use test_authentication::TestAuthentication;
