//! One module as its file writes it: its items, its children, what it imports, the paths it names.
//!
//! What is compiled for tests alone is left out, and so are the paths in `pub(in ..)`, which name a
//! reader and nothing that is used. Macros are not expanded: paths among their tokens count as they
//! stand.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Ident, ImplItem, Item, Meta, TraitItem, UseTree, Visibility};

/// A module of a file: the file's own, or one inside of it.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// The names that it defines.
    pub(crate) items: Vec<String>,
    /// Modules in files of their own: `mod child;`.
    pub(crate) children: Vec<String>,
    /// Modules inside of this file: `mod child { .. }`.
    pub(crate) inline: Vec<(String, Self)>,
    pub(crate) imports: Vec<Import>,
    pub(crate) paths: Vec<NamedPath>,
}

/// One name that a `use` brings in.
#[derive(Debug)]
pub(crate) struct Import {
    pub(crate) path: Vec<String>,
    /// Its name in the importing module; none for `*`.
    pub(crate) name: Option<String>,
    pub(crate) is_public: bool,
    /// Counted from one.
    pub(crate) line: usize,
}

/// A path that stands in the code.
#[derive(Debug)]
pub(crate) struct NamedPath {
    pub(crate) path: Vec<String>,
    /// Counted from one.
    pub(crate) line: usize,
}

impl Source {
    /// Reads a file; empty if it is not Rust, which the compiler says better.
    pub(crate) fn read(text: &str) -> Self {
        let mut source = Self::default();
        if let Ok(file) = syn::parse_file(text) {
            file.items.iter().for_each(|item| source.visit_item(item));
        }
        source
    }

    fn import(&mut self, tree: &UseTree, path: &mut Vec<String>, line: usize, is_public: bool) {
        let (path, name) = match tree {
            UseTree::Path(tree) => {
                path.push(plain(&tree.ident));
                self.import(&tree.tree, path, line_of(&tree.ident), is_public);
                path.pop();
                return;
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(tree, path, line, is_public);
                }
                return;
            }
            UseTree::Glob(_) => (path.clone(), None),
            // `use a::{self}` names `a`.
            UseTree::Name(it) if it.ident == "self" => (path.clone(), path.last().cloned()),
            UseTree::Name(it) => (joined(path, &it.ident), Some(plain(&it.ident))),
            UseTree::Rename(it) if it.ident == "self" => (path.clone(), Some(plain(&it.rename))),
            UseTree::Rename(it) => (joined(path, &it.ident), Some(plain(&it.rename))),
        };
        let line = match tree {
            UseTree::Name(it) => line_of(&it.ident),
            UseTree::Rename(it) => line_of(&it.ident),
            _ => line,
        };
        self.imports.push(Import {
            path,
            name,
            is_public,
            line,
        });
    }

    /// Notes the paths among tokens: `a::b`, `$crate::a` and single names.
    fn scan(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut line = 0;
        let mut colons = 0;
        for tree in tokens {
            match tree {
                TokenTree::Punct(mark) if mark.as_char() == ':' && !path.is_empty() => colons += 1,
                TokenTree::Ident(name) if colons == 2 => {
                    path.push(plain(&name));
                    colons = 0;
                }
                other => {
                    self.note(std::mem::take(&mut path), line);
                    colons = 0;
                    match other {
                        TokenTree::Ident(name) => {
                            line = line_of(&name);
                            path.push(plain(&name));
                        }
                        TokenTree::Group(group) => self.scan(group.stream()),
                        TokenTree::Literal(_) | TokenTree::Punct(_) => {}
                    }
                }
            }
        }
        self.note(path, line);
    }

    fn note(&mut self, path: Vec<String>, line: usize) {
        if !path.is_empty() {
            self.paths.push(NamedPath { path, line });
        }
    }
}

impl<'ast> Visit<'ast> for Source {
    fn visit_item(&mut self, item: &'ast Item) {
        let (attributes, name) = parts(item);
        if attributes.iter().any(is_for_tests) {
            return;
        }
        self.items.extend(name.map(plain));
        visit::visit_item(self, item);
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let attributes = match item {
            ImplItem::Const(it) => &it.attrs,
            ImplItem::Fn(it) => &it.attrs,
            ImplItem::Type(it) => &it.attrs,
            ImplItem::Macro(it) => &it.attrs,
            _ => return,
        };
        if !attributes.iter().any(is_for_tests) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_trait_item(&mut self, item: &'ast TraitItem) {
        let attributes = match item {
            TraitItem::Const(it) => &it.attrs,
            TraitItem::Fn(it) => &it.attrs,
            TraitItem::Type(it) => &it.attrs,
            TraitItem::Macro(it) => &it.attrs,
            _ => return,
        };
        if !attributes.iter().any(is_for_tests) {
            visit::visit_trait_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let name = plain(&item.ident);
        match &item.content {
            None => self.children.push(name),
            Some((_, items)) => {
                let mut inner = Self::default();
                items.iter().for_each(|item| inner.visit_item(item));
                self.inline.push((name, inner));
            }
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let is_public = !matches!(item.vis, Visibility::Inherited);
        if item.leading_colon.is_none() {
            self.import(&item.tree, &mut Vec::new(), 0, is_public);
        }
    }

    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        // Attributes of derive macros name modules in strings: `#[serde(with = "crate::date")]`.
        if let Meta::List(list) = &attribute.meta {
            let before = self.paths.len();
            self.scan(unquoted(list.tokens.clone()));
            let line = list
                .path
                .segments
                .first()
                .map_or(0, |it| line_of(&it.ident));
            let found = self.paths.iter_mut().skip(before);
            found.for_each(|path| path.line = line);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none()
            && let Some(first) = path.segments.first()
        {
            let names = path.segments.iter().map(|it| plain(&it.ident));
            self.note(names.collect(), line_of(&first.ident));
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, it: &'ast syn::Macro) {
        visit::visit_macro(self, it);
        self.scan(it.tokens.clone());
    }
}

/// Returns the attributes of an item, and its name if it has one that a path can say.
fn parts(item: &Item) -> (&[Attribute], Option<&Ident>) {
    match item {
        Item::Const(it) => (&it.attrs, Some(&it.ident)),
        Item::Enum(it) => (&it.attrs, Some(&it.ident)),
        Item::ExternCrate(it) => (&it.attrs, None),
        Item::Fn(it) => (&it.attrs, Some(&it.sig.ident)),
        Item::ForeignMod(it) => (&it.attrs, None),
        Item::Impl(it) => (&it.attrs, None),
        Item::Macro(it) => (&it.attrs, it.ident.as_ref()),
        Item::Mod(it) => (&it.attrs, None),
        Item::Static(it) => (&it.attrs, Some(&it.ident)),
        Item::Struct(it) => (&it.attrs, Some(&it.ident)),
        Item::Trait(it) => (&it.attrs, Some(&it.ident)),
        Item::TraitAlias(it) => (&it.attrs, Some(&it.ident)),
        Item::Type(it) => (&it.attrs, Some(&it.ident)),
        Item::Union(it) => (&it.attrs, Some(&it.ident)),
        Item::Use(it) => (&it.attrs, None),
        _ => (&[], None),
    }
}

/// Tells whether this is `#[cfg(test)]`, or `#[cfg(all(test, ..))]`.
pub(crate) fn is_for_tests(attribute: &Attribute) -> bool {
    let Meta::List(list) = &attribute.meta else {
        return false;
    };
    let words = |tokens: &TokenStream| -> Vec<_> { tokens.clone().into_iter().collect() };
    list.path.is_ident("cfg")
        && match words(&list.tokens).as_slice() {
            [TokenTree::Ident(word)] => word == "test",
            [TokenTree::Ident(word), TokenTree::Group(group)] if word == "all" => {
                let inner = words(&group.stream());
                let mut conditions =
                    inner.split(|it| matches!(it, TokenTree::Punct(mark) if mark.as_char() == ','));
                conditions.any(|it| matches!(it, [TokenTree::Ident(word)] if word == "test"))
            }
            _ => false,
        }
}

/// Puts the paths in strings in the place of the strings.
fn unquoted(tokens: TokenStream) -> TokenStream {
    let path = |tree: TokenTree| match tree {
        TokenTree::Literal(literal) => {
            let text = literal.to_string();
            let text = text.trim_matches('"');
            let is_path = text.contains("::")
                && text
                    .chars()
                    .all(|it| it.is_alphanumeric() || "_:".contains(it));
            text.parse().ok().filter(|_| is_path).unwrap_or_default()
        }
        TokenTree::Group(group) if group.delimiter() != Delimiter::None => unquoted(group.stream()),
        other => TokenStream::from(other),
    };
    tokens.into_iter().map(path).collect()
}

/// Writes a name without `r#`.
fn plain(ident: &Ident) -> String {
    let name = ident.to_string();
    name.trim_start_matches("r#").to_owned()
}

fn line_of(ident: &Ident) -> usize {
    ident.span().start().line
}

fn joined(path: &[String], last: &Ident) -> Vec<String> {
    path.iter().cloned().chain([plain(last)]).collect()
}
