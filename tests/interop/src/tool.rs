//! Programs of others: found with their version, run under a time limit.

mod invocation;
mod program;

pub(crate) use self::{
    invocation::{Invocation, Output, in_turn},
    program::{Place, Program, Tool, npm_modules},
};
