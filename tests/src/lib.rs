#![doc = include_str!("../../README.md")]

mod customer;
mod mock;
mod portal;

pub use customer::Customer;
pub use mock::Mock;
pub use portal::{Portal, Refused};
