//! Rust's tokens with their lines: no comment and no inside of a string among them.
//!
//! A rule that looks for words in code must not trip over a text that speaks of them, such as the
//! rule itself. Groups are flattened: their brackets are words too.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};

/// A word, a mark, a bracket or a whole literal.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) text: String,
    /// Counted from one.
    pub(crate) line: usize,
}

/// Splits a file into tokens. Empty if it is not Rust: the compiler reports that better.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    if let Ok(stream) = text.parse::<TokenStream>() {
        flatten(stream, &mut tokens);
    }
    tokens
}

/// Finds each place with these tokens in a row: the line of the first, and what follows them.
pub(crate) fn find<'a>(
    tokens: &'a [Token],
    words: &'a [&'a str],
) -> impl Iterator<Item = (usize, &'a [Token])> {
    tokens.iter().enumerate().filter_map(move |(index, first)| {
        let (head, rest) = tokens.get(index..)?.split_at_checked(words.len())?;
        let is_here = head
            .iter()
            .map(|token| token.text.as_str())
            .eq(words.iter().copied());
        is_here.then_some((first.line, rest))
    })
}

fn flatten(stream: TokenStream, tokens: &mut Vec<Token>) {
    for tree in stream {
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = brackets(group.delimiter());
                tokens.push(token(open, group.span_open()));
                flatten(group.stream(), tokens);
                tokens.push(token(close, group.span_close()));
            }
            other => tokens.push(token(&other.to_string(), other.span())),
        }
    }
}

fn token(text: &str, span: Span) -> Token {
    Token {
        text: text.to_owned(),
        line: span.start().line,
    }
}

fn brackets(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_across_lines() {
        let tokens = tokens("fn f() {\n    a\n        ::b;\n}\n");
        let lines: Vec<_> = find(&tokens, &["a", ":", ":", "b"])
            .map(|(line, _)| line)
            .collect();
        assert_eq!(lines, [2]);
    }

    #[test]
    fn words_in_comments_and_strings_are_not_found() {
        let tokens = tokens("/// a::b\nfn f() {\n    // a::b\n    g(\"a::b\");\n}\n");
        assert_eq!(find(&tokens, &["a", ":", ":", "b"]).count(), 0);
    }

    #[test]
    fn rest_begins_after_the_words() {
        let tokens = tokens("#[a] mod b;");
        let (_, rest) = find(&tokens, &["#", "[", "a", "]"]).next().unwrap();
        assert_eq!(rest[0].text, "mod");
    }
}
